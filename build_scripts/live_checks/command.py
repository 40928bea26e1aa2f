"""The command line of live.py: what it will ask, consent, the questions, one table."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import ossh
from live_checks import access, listing, reading
from live_checks.bucket import MOST_BYTES, MOST_REQUESTS, Bucket, Unanswered
from live_checks.finding import Answer, Finding, Settled, failure_of, no
from ossh.advice import store_error
from ossh.commands.connection_options import add_connection
from ossh.errors import STATUS_USAGE, OsshError, StoreError, UsageError
from ossh.model import MIB
from ossh.network import libcurl
from ossh.printable import printable
from ossh.session import Connection, Options, Place, parse_address
from ossh.store.endpoint_kinds import is_official
from ossh.store.endpoints import split_endpoint

QUESTIONS: Mapping[str, Callable[[Bucket], Finding]] = {
    **access.QUESTIONS,
    **listing.QUESTIONS,
    **reading.QUESTIONS,
    **access.LAST_QUESTIONS,
}
_OF_THE_JOB = 10  # which downloads one object: the most attempts at it, and at what it is
_SHORTEST = 4  # characters of a name that is blotted out; shorter ones are in every word


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    try:
        place = parse_address(given.address)
        if not place.bucket:
            raise UsageError("no bucket is named", hint="oss://BUCKET/PREFIX/")
        print(_announcement(place), file=sys.stderr, flush=True)
        if not (given.yes or _agreed()):
            return STATUS_USAGE
        return _checked(place, given)
    except OsshError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="live.py",
        description="Check with a real bucket, only reading, what ossh relies on.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("address", metavar="oss://BUCKET/PREFIX/", help="where to look for objects")
    add("--yes", action="store_true", help="do not ask before it begins")
    add("--elsewhere", default="", metavar="URL", help="an endpoint where the bucket is not")
    add_connection(parser)
    return parser


def _announcement(place: Place) -> str:
    return f"""\
{len(QUESTIONS)} questions about {place.shown}, for which ossh only reads:
  requests  at most {MOST_REQUESTS + _OF_THE_JOB}: GET, HEAD and listings (which are billed as PUT),
            some wrong on purpose: signature, region, clock, key, another region's endpoint
  bytes     at most {MOST_BYTES // MIB + 1} MiB, one object for a moment in a temporary folder
  never     to write, restore or delete, and one after the other, so that nothing is throttled"""


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print("error: no terminal to ask for consent; add --yes", file=sys.stderr)
        return False
    print("Begin? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _checked(place: Place, given: argparse.Namespace) -> int:
    options = Options(**{name: getattr(given, name) for name in Options.__slots__})
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() fails without a home
    connection = Connection(options, environ=os.environ, home=home)
    bucket = Bucket(connection, place, given.elsewhere)
    if failure := failure_of(bucket.first):
        raise store_error(f"list {place.shown}", failure)
    asked, stopped = _findings(bucket)
    print("\n".join(_table(bucket, asked)))
    if stopped is not None:
        raise stopped
    answers = [finding.answer for finding in asked.values()]
    print(
        f"\n{answers.count(Answer.YES)} yes, {answers.count(Answer.NO)} no, "
        f"{answers.count(Answer.NONE)} none (nothing here to ask it with)"
    )
    return 1 if Answer.NO in answers else 0


def _findings(bucket: Bucket) -> tuple[dict[str, Finding], StoreError | None]:
    """Return what was found, and what ended the questions before their end."""
    asked: dict[str, Finding] = {}
    for about, ask in QUESTIONS.items():
        try:
            asked[about] = ask(bucket)
        except Settled as settled:
            asked[about] = settled.finding
        except Unanswered as error:
            return asked, error
        except StoreError as error:
            asked[about] = no(error.code or error.cause or "failed")
        except (OsshError, KeyError, ValueError) as error:
            asked[about] = no(f"cannot be read ({type(error).__name__})")
    return asked, None


def _table(bucket: Bucket, asked: Mapping[str, Finding]) -> Iterator[str]:
    """Yield the lines of a table in Markdown, in which nothing names the bucket or its user."""
    http, source = bucket.http, bucket.source
    host = split_endpoint(source.endpoint).host
    where = host if is_official(source.endpoint) else "an endpoint that is not OSS's own"
    if source.addressing == "cname":
        where = "a domain of the bucket"
    yield f"ossh {ossh.__version__} · {libcurl.version().split(' zlib')[0]} · {platform.system()}"
    yield f"{where} · region {bucket.signer.region or 'not known'} · {datetime.now(UTC):%Y-%m-%d}"
    keys = len(bucket.objects)
    yield f"{http.requests} requests, {http.received / MIB:.1f} MiB, among the first {keys} keys"
    yield ""
    rows = [("question", "answer", "detail"), ("---", "---", "---")]
    rows += [(about, one.answer, _blotted(bucket, one.detail)) for about, one in asked.items()]
    width = max(len(row[0]) for row in rows)
    for about, answer, detail in rows:
        yield f"| {about:<{width}} | {answer:<6} | {detail} |"


def _blotted(bucket: Bucket, detail: str) -> str:
    """Return a detail without any name that should not be in one to begin with."""
    who, host = bucket.connection.credentials(), split_endpoint(bucket.source.endpoint).host
    names = {bucket.place.bucket, who.access_key_id, *bucket.used}
    names |= set() if is_official(bucket.source.endpoint) else {host}
    for name in sorted(names, key=len, reverse=True):
        if len(name) >= _SHORTEST:
            detail = detail.replace(name, "…")
    return printable(detail).replace("|", "/")
