"""The Range header, in both of OSS's readings. Pure.

Source: OSS documentation, GetObject, "Range" and "x-oss-range-behavior".
"""

from __future__ import annotations

import re

from ossh.demo.refusal import Refusal

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def resolve(header: str | None, size: int, *, standard: bool) -> tuple[int, int] | None:
    """Return the half-open range to serve, or None for the whole object with status 200.

    Args:
        header: Value of Range, or None.
        size: Length of the object in bytes.
        standard: Whether the request said `x-oss-range-behavior: standard`. Without it, a range
            that is not wholly inside the object is ignored; with it, what is inside is served.

    Raises:
        Refusal: InvalidRange, for several ranges, or with `standard` for one wholly outside.
    """
    if header is None:
        return None
    if header.startswith("bytes=") and "," in header:
        raise invalid_range(header, size)
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        start, stop = size - int(last), size
    else:
        start, stop = int(first), int(last) + 1 if last else max(size, int(first) + 1)
    if start >= stop and first:
        return None
    if 0 <= start < stop <= size:
        return start, stop
    if not standard:
        return None
    if max(start, 0) >= size:
        raise invalid_range(header, size)
    return max(start, 0), min(stop, size)


def invalid_range(header: str, size: int) -> Refusal:
    """Return a 416 that names the real size."""
    message = "The requested range cannot be satisfied"
    details = {"ActualObjectSize": str(size), "RangeHeader": header}
    return Refusal(416, "InvalidRange", message, details, {"Content-Range": f"bytes */{size}"})
