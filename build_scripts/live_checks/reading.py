"""What bodies, their headers, ranges and conditions are, and a download of an object."""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path

import fastcrc

from live_checks.bucket import PIECE, Bucket, NotAsked, expected, failure_of, is_small, ok, proved
from ossh import protocol
from ossh.model import NORMAL, Cause, Failure, ObjectInfo
from ossh.network import Response
from ossh.python import library
from ossh.store.listing import info_of

_MD5 = re.compile(r"[0-9A-F]{32}")
_OTHER_ETAG = "0" * 32
_BEYOND = 1000  # bytes behind an object's end
_OFTEN_ENCODED = (".html", ".js", ".css", ".json", ".svg", ".gz")
_MOST_HEADS = 10  # objects that are asked how they are encoded


def _whole(bucket: Bucket) -> str:
    info = bucket.small
    served = info_of(info.key, bucket.body.headers)
    names = ("size", "etag", "last_modified", "type", "storage_class")
    problems = {f"another {one}": getattr(served, one) != getattr(info, one) for one in names}
    problems["another length"] = len(bucket.body.body) != info.size
    return proved(problems, f"{info.size} bytes")


def _head(bucket: Bucket) -> str:
    names = ("content-length", "etag", "last-modified", protocol.CRC64, protocol.OBJECT_TYPE)
    served = bucket.body.headers
    answer = ok(bucket.ask(bucket.small.key, method="HEAD"))
    return proved({f"another {n}": answer.headers.get(n) != served.get(n) for n in names})


def _crc64(bucket: Bucket) -> str:
    if protocol.CRC64 not in bucket.body.headers:
        raise NotAsked("no such header")
    return proved({"another checksum": not _has_its_crc64(bucket.body)})


def _has_its_crc64(answer: Response) -> bool:
    return answer.headers.get(protocol.CRC64) == str(fastcrc.crc64.xz(answer.body))


def _md5(bucket: Bucket) -> str:
    if not _MD5.fullmatch(bucket.small.etag):
        raise NotAsked("its ETag is not an MD5")
    digest = hashlib.md5(bucket.body.body, usedforsecurity=False).hexdigest().upper()
    return proved({"another MD5": digest != bucket.small.etag})


def _tail(bucket: Bucket) -> str:
    info, whole = bucket.small, bucket.body
    start = info.size // 2
    answer = _piece(bucket, info, start, info.size, more=_BEYOND)
    told = answer.headers.get(protocol.CRC64)
    problems = {
        "other bytes": answer.body != whole.body[start:],
        "another checksum than of the whole": told != whole.headers.get(protocol.CRC64),
    }
    return proved(problems, f"{len(answer.body)} of {info.size} bytes")


def _middle(bucket: Bucket) -> str:
    info = bucket.large
    start = info.size // 2 - PIECE // 2
    answer = _piece(bucket, info, start, start + PIECE)
    return f"{len(answer.body)} of {info.size} bytes"


def _piece(bucket: Bucket, info: ObjectInfo, start: int, stop: int, more: int = 0) -> Response:
    """Return a range of an object; `more` bytes behind it, which are not there, are asked for."""
    answer = ok(bucket.piece(info, f"{start}-{stop + more - 1}"))
    shown = f"bytes {start}-{stop - 1}/{info.size}"
    proved(
        {
            f"status {answer.status}": answer.status != 206,  # noqa: PLR2004 - Partial Content
            "another Content-Range": answer.headers.get("content-range") != shown,
            "another length": len(answer.body) != stop - start,
        }
    )
    return answer


def _behind(bucket: Bucket) -> str:
    answer = bucket.piece(bucket.small, f"{bucket.small.size + _BEYOND}-")
    return expected(answer, Cause.CHANGED, "InvalidRange")


def _replaced(bucket: Bucket) -> str:
    answer = bucket.piece(bucket.small, "0-0", _OTHER_ETAG)
    return expected(answer, Cause.CHANGED, "PreconditionFailed")


def _empty(bucket: Bucket) -> str:
    info = bucket.example("no empty object", lambda one: not one.size and not one.is_frozen)
    answer = ok(bucket.ask(info.key))
    told = answer.headers.get(protocol.CRC64)
    return proved({"it has bytes": bool(answer.body), "another checksum": told not in {None, "0"}})


def _in_parts(bucket: Bucket) -> str:
    examples = {one.type: one for one in bucket.objects if one.type not in {NORMAL, "Symlink"}}
    if not examples:
        raise NotAsked("no Multipart or Appendable object")
    found = {kind: ok(bucket.lister.checksum(one.key)) for kind, one in examples.items()}
    lacking = {f"none of type {kind}": crc64 is None for kind, (_info, crc64) in found.items()}
    return proved(lacking, ", ".join(sorted(found)))


def _link(bucket: Bucket) -> str:
    info = bucket.example("no symlink", lambda one: one.is_symlink)
    link = bucket.lister.stat(info.key)
    target = "" if isinstance(link, Failure) else link.headers.get(protocol.SYMLINK_TARGET, "")
    there = bucket.lister.stat(target) if target else link
    if isinstance(link, Failure) or isinstance(there, Failure):
        raise NotAsked("its target cannot be read")
    return proved(
        {
            "no target is named": not target,
            "another size than its target": link.info.size != there.info.size,
            "another ETag than its target": link.info.etag != there.info.etag,
        }
    )


def _archived(bucket: Bucket) -> str:
    info = bucket.example("no archived object", lambda one: one.is_frozen and one.size > 0)
    answer = bucket.piece(info, "0-0")
    if failure_of(answer) is None:
        return f"{info.storage_class}, read in real time"
    return expected(answer, Cause.ARCHIVED)


def _encoded(bucket: Bucket) -> str:
    readable = (one for one in bucket.objects if is_small(one))
    likely = (one for one in readable if one.key.endswith(_OFTEN_ENCODED))
    for info in islice(likely, _MOST_HEADS):
        if "content-encoding" in bucket.ask(info.key, method="HEAD").headers:
            answer = ok(bucket.ask(info.key))
            return proved(
                {
                    "another size": len(answer.body) != info.size,
                    "another checksum": not _has_its_crc64(answer),
                },
                f"{info.size} bytes",
            )
    raise NotAsked("no object with Content-Encoding was found")


def _version(bucket: Bucket) -> str:
    version = bucket.body.headers.get("x-oss-version-id")
    if version is None:
        raise NotAsked("no versions")
    answer = ok(bucket.ask(bucket.small.key, query={"versionId": version}))
    return proved({"other bytes": answer.body != bucket.body.body})


def _download(bucket: Bucket) -> str:
    """Fetch an object with a job, as `get` does, into a folder that is then removed."""
    with tempfile.TemporaryDirectory(prefix="ossh-live-") as folder:
        job = library.new_job(
            replace(bucket.place, prefix=bucket.small.key).address,
            Path(folder, "files"),
            jobs=Path(folder, "jobs"),
            options=bucket.connection.options,
        )
        with library.fetch(job) as run:
            for _progress in run:
                pass
        summary = run.result()
    causes = ", ".join(cause for cause, _count, _advice in summary.by_cause)
    return proved(
        {f"not fetched: {causes}": summary.status != 0}, f"proved by {', '.join(summary.proofs)}"
    )


QUESTIONS = {
    "an object is as its listing says": _whole,
    "HEAD says what GET says": _head,
    "x-oss-hash-crc64ecma is the CRC64 of the bytes": _crc64,
    "the ETag of an object of type Normal is its MD5": _md5,
    "a range beyond the end gives what there is": _tail,
    "a range behind the end is refused": _behind,
    "another ETag is refused": _replaced,
    "a range in the middle of a large object": _middle,
    "an empty object": _empty,
    "objects made of parts have a CRC64": _in_parts,
    "a symlink names its target and shows its size": _link,
    "an archived object is recognized": _archived,
    "an object with Content-Encoding arrives as stored": _encoded,
    "a version is found by its id": _version,
    "a job downloads an object and proves it": _download,
}
