"""Reads a response: what is served, and whether that is what the task asked for."""

from collections.abc import Mapping

from ossh import protocol
from ossh.model import STANDARD, Cause, Failure
from ossh.network import ResponseParser
from ossh.printable import printable
from ossh.transfer.messages import Fetch, Request, Served

_OK, _PARTIAL_CONTENT = 200, 206
_MAX_DIGITS = 20  # of a number of 64 bits
_LATEST = 253_370_764_800  # epoch seconds: the year 9999 begins


def judged(task: Request, answer: ResponseParser) -> Served | Failure:
    """Return what an answer in memory says of its object, or why it is not what was asked for."""
    with_date = not isinstance(task, Fetch)
    served = served_by(answer.headers, task.entry.size, with_date=with_date)
    if not isinstance(task, Fetch) or answer.status not in {_OK, _PARTIAL_CONTENT}:
        return answer.refusal() or served
    if failure := mismatch(task, answer.status, answer.headers, served) or answer.failure:
        return failure
    if answer.received < task.length:  # a body without a length ended early
        text = f"{answer.received} of {task.length} bytes arrived"
        return Failure(Cause.SHORT_BODY, "short body", text)
    return served


def served_by(headers: Mapping[str, str], expected: int, *, with_date: bool = False) -> Served:
    """Return what the headers (lower-case names) say of the object.

    Args:
        headers: Of a GET or HEAD that succeeded.
        expected: The object's size in bytes where they do not tell (a chunked body); the
            caller counts what arrives all the same.
        with_date: Whether its date is wanted: files get the listed one, and to read it takes as
            long as all the rest.
    """
    total = headers.get("content-range", "").partition("/")[2]
    length = _number(total or headers.get("content-length"))
    return Served(
        size=expected if length is None else length,
        etag=headers.get("etag", "").strip('"'),
        crc64=_number(headers.get(protocol.CRC64)),
        modified=_modified(headers.get("last-modified", "")) if with_date else 0.0,
        type=headers.get(protocol.OBJECT_TYPE, ""),
        storage_class=headers.get(protocol.STORAGE_CLASS, STANDARD),
        is_client_encrypted=protocol.is_client_encrypted(headers),
    )


def mismatch(task: Fetch, status: int, headers: Mapping[str, str], found: Served) -> Failure | None:
    """Return why a successful answer is not the one asked for, None when it is.

    Source: OSS API reference, GetObject: a range outside the object is ignored and answered with
    200 and the whole object, unless `x-oss-range-behavior: standard` is honored.
    """
    if not headers.get(protocol.REQUEST_ID):
        return protocol.failure(status, headers, b"")
    request_id = printable(headers[protocol.REQUEST_ID])
    listed, size = task.etag, task.entry.size
    if listed and found.etag and found.etag != listed:
        text = "the object was replaced since it was listed"
        return Failure(Cause.CHANGED, "etag differs", text, request_id)
    if found.size != size and not (task.grows and found.size > size):
        code, cause = "size differs", Cause.CHANGED
        if found.size > size and listed and found.etag:  # of the very version that was listed
            code, cause = "body too long", Cause.CORRUPT
        text = f"the object has {found.size} bytes now, {size} were listed"
        return Failure(cause, code, text, request_id)
    if task.range is None and status != _OK:
        text = "only part of the object was served where all of it was requested"
        return Failure(Cause.CORRUPT, "unasked range", text, request_id)
    if task.range is not None:
        expected = f"bytes {task.range.start}-{task.range.stop - 1}/{found.size}"
        if status != _PARTIAL_CONTENT or headers.get("content-range") != expected:
            text = "the service ignored the range"
            return Failure(Cause.CORRUPT, "range ignored", text, request_id)
    return None


def _number(text: str | None) -> int | None:
    """Return a size or checksum, None where the header is missing or not a valid number."""
    return int(text) if text and text.isdecimal() and len(text) <= _MAX_DIGITS else None


def _modified(text: str) -> float:
    """Return a date as epoch seconds, 0.0 where it is missing or no file can have it."""
    try:
        modified = protocol.parse_http_date(text)
    except ValueError:
        return 0.0
    return modified if 0 <= modified <= _LATEST else 0.0
