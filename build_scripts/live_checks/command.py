"""The command line of live.py: what it will ask, consent, the questions, one table."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import ossh
from live_checks import access, listing, reading
from live_checks.bucket import (
    MOST_BYTES,
    MOST_REQUESTS,
    Bucket,
    No,
    NotAsked,
    Unanswered,
    failure_of,
)
from ossh.advice import store_error
from ossh.commands.connection_options import add_connection
from ossh.errors import STATUS_USAGE, OsshError, StoreError, UsageError
from ossh.model import MIB
from ossh.network import libcurl
from ossh.printable import printable
from ossh.session import Connection, Options, Place, parse_address
from ossh.store.endpoint_kinds import is_official

QUESTIONS: Mapping[str, Callable[[Bucket], str]] = {
    **access.QUESTIONS,
    **listing.QUESTIONS,
    **reading.QUESTIONS,
    "every answer has a request id and a date": access.named,  # hence the last
}
_OF_THE_JOB = 10  # which downloads one object: the most attempts at it, and at what it is
_SHORTEST = 4  # characters of a name that is blotted out; shorter ones are in every word


def main(arguments: Sequence[str]) -> int:
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
    given = parser.parse_args(arguments)
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
    """Print the answers as they come, in a table in which nothing names the bucket or its user."""
    options = Options(**{name: getattr(given, name) for name in Options.__slots__})
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() fails without a home
    bucket = Bucket(Connection(options, environ=os.environ, home=home), place, given.elsewhere)
    if failure := failure_of(bucket.first):
        raise store_error(f"list {place.shown}", failure)
    where = "an endpoint that is not OSS's own"
    if bucket.source.addressing == "cname":
        where = "a domain of the bucket"
    elif is_official(bucket.source.endpoint):
        where = bucket.host
    print(f"ossh {ossh.__version__} · {libcurl.version().split(' zlib')[0]} · {platform.system()}")
    print(f"{where} · region {bucket.signer.region or 'not known'} · {datetime.now(UTC):%Y-%m-%d}")
    width = max(map(len, QUESTIONS))
    print(f"\n| {'question':<{width}} | answer | detail |\n| {'---':<{width}} | ---    | --- |")
    answers: Counter[str] = Counter()
    for about, ask in QUESTIONS.items():
        answer, detail = _answer(bucket, ask)
        answers[answer] += 1
        print(f"| {about:<{width}} | {answer:<6} | {_blotted(bucket, detail)} |", flush=True)
    told = ", ".join(f"{answers[one]} {one}" for one in ("yes", "no", "none"))
    print(
        f"\n{told} (nothing here to ask it with); {bucket.http.requests} requests, "
        f"{bucket.http.received / MIB:.1f} MiB, among the first {len(bucket.objects)} keys"
    )
    return 1 if answers["no"] else 0


def _answer(bucket: Bucket, ask: Callable[[Bucket], str]) -> tuple[str, str]:
    """Return what a question comes to, and a detail.

    Raises:
        Unanswered: There will be no more answers.
    """
    try:
        return "yes", ask(bucket)
    except NotAsked as reason:
        return "none", str(reason)
    except No as reason:
        return "no", str(reason)
    except Unanswered:
        raise
    except StoreError as error:
        return "no", error.code or error.cause or "failed"
    except (OsshError, KeyError, ValueError) as error:
        return "no", f"cannot be read ({type(error).__name__})"


def _blotted(bucket: Bucket, detail: str) -> str:
    """Return a detail without any name that should not be in one to begin with."""
    names = {bucket.place.bucket, bucket.connection.credentials().access_key_id}
    names |= {info.key for info in bucket.objects}
    names |= set() if is_official(bucket.source.endpoint) else {bucket.host}
    for name in sorted(names, key=len, reverse=True):
        if len(name) >= _SHORTEST:
            detail = detail.replace(name, "…")
    return printable(detail).replace("|", "/")
