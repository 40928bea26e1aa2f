"""The objects of the demo bucket, made so that each command has something to show.

Logs by day, a photo album, a data set, an archive, a web page, awkward names and one large video.
All bytes, dates and sizes are the same on every machine: transcripts may show them.
"""

import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from ossh.demo.content.buckets import MemoryBucket, StoredObject, make_object

_README = b"""Welcome to the demo bucket. Nothing here is real, and nothing leaves this machine.

logs/      one compressed access log a day, January and February 2026
photos/    an album; one picture is old and has no checksum
dataset/   hourly weather of twelve stations, as CSV.gz
archive/   asleep: restore before you get it
web/       a page that is stored compressed (Content-Encoding: gzip)
awkward/   names that try to break out, collide or confuse
video/     one object of 200 MB
"""

_PAGES = ("/", "/shop", "/shop/tea", "/about", "/img/logo.png", "/api/v1/stock", "/favicon.ico")
_STATUSES = (200, 200, 200, 304, 200, 404, 200, 200, 500, 301)
_LINES = 160
_DAYS = 31 + 28  # of January and February

_AWKWARD = (
    "../../escape.txt",
    "./dot.txt",
    ".hidden",
    "..double",
    "a//b.txt",
    "a/b.txt",
    "C:\\temp\\x.txt",
    "CON",
    "nul.txt",
    "COM1.log",
    'what?*<>|"is.txt',
    "Case.txt",
    "case.txt",
    "caf\u00e9.txt",
    "cafe\u0301.txt",
    "clash",
    "clash/inside.txt",
    "full/",
    "trailing dot.",
    "trailing space ",
    "new\nline.txt",
    "red\x1b[31m.txt",
    "right-to-left\u202egpj.txt",
    "rocket \U0001f680 + plus & amp;.txt",
    'quote",comma.csv',
    f"long-{'n' * 300}.txt",
)


def fill(bucket: MemoryBucket) -> None:
    """Put the story into a bucket that kept versions until the turn of the year.

    What was put since then has no version id.
    """
    _fill_history(bucket)
    for stored in objects():
        bucket.put(stored)


def _fill_history(bucket: MemoryBucket) -> None:
    """Put what no listing shows: versions that were replaced, and one that was deleted."""
    bucket.versioning = "Enabled"
    for month in (11, 12):  # of last year
        draft = f"# Weather\n\nDraft of month {month}.\n".encode()
        readme = make_object("dataset/weather/README.md", draft, modified=_moment(2025, month, 1))
        bucket.put(readme)
    lost, page = gzip_stored(_weather(0)), b"<p>Under construction.</p>\n"
    for key, body, put, deleted in (
        ("dataset/weather/station-00.csv.gz", lost, _moment(2025, 12, 1), _moment(2025, 12, 20)),
        ("web/index.html", page, _moment(2025, 8, 20), _moment(2025, 9, 1)),  # it came back later
    ):
        bucket.put(make_object(key, body, modified=put))
        bucket.delete(key, modified=deleted)
    bucket.versioning = "Suspended"


def objects() -> Iterator[StoredObject]:
    """Yield the objects of the story, in no order that matters."""
    yield make_object("readme.txt", _README)
    yield from _logs()
    yield from _photos()
    yield from _dataset()
    yield from _archive()
    yield from _web()
    yield from _awkward()
    yield make_object("video/tour.mp4", size=200_000_000, modified=_moment(2026, 2, 14))


def _logs() -> Iterator[StoredObject]:
    for number in range(_DAYS):
        day = date(2026, 1, 1) + timedelta(days=number)
        key = f"logs/{day:%Y/%m}/access-{day:%Y-%m-%d}.log.gz"
        rotated = _moment(day.year, day.month, day.day) + 86700
        yield make_object(key, gzip_stored(_access_log(day)), modified=rotated)
    for number in range(3):
        key = f"logs/2026/02/tmp/rotating-{number}.gz"
        yield make_object(key, size=1000 + number, modified=_moment(2026, 2, 28))
    errors = b"2026-02-27T03:14:15Z upstream timed out\n" * 40
    yield make_object("logs/2026/02/error.log", errors, modified=_moment(2026, 2, 28))
    latest = "logs/2026/02/access-2026-02-28.log.gz"
    yield make_object("logs/latest.log.gz", symlink_to=latest, modified=_moment(2026, 3, 1))


def _access_log(day: date) -> bytes:
    seed = zlib.crc32(day.isoformat().encode())
    lines = []
    for number in range(_LINES + seed % 60):
        seed = (seed * 1_103_515_245 + 12_345) % (1 << 31)
        seconds = number * 86_400 // (_LINES + 60)
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        page, status = _PAGES[seed // 7 % len(_PAGES)], _STATUSES[seed // 11 % len(_STATUSES)]
        lines.append(
            f"192.0.2.{seed // 13 % 254 + 1} - - [{day:%d/%b/%Y}:{clock} +0000] "
            f'"GET {page} HTTP/1.1" {status} {seed // 17 % 9000}\n'
        )
    return "".join(lines).encode()


def _photos() -> Iterator[StoredObject]:
    for number in range(1, 13):
        key = f"photos/2025-08-lakes/IMG_{4200 + number}.jpg"
        size = 180_000 + number * 77_777 % 500_000
        yield make_object(key, size=size, modified=_moment(2025, 8, number))
    yield make_object(
        "photos/old/scan-1998.jpg", size=98_304, crc=False, modified=_moment(2014, 5, 4)
    )


def _dataset() -> Iterator[StoredObject]:
    yield make_object("dataset/weather/", b"", modified=_moment(2026, 2, 1))
    about = b"# Weather\n\nOne file a station: time, temperature in C, wind in m/s.\n"
    yield make_object(
        "dataset/weather/README.md",
        about,
        modified=_moment(2026, 2, 1),
        meta={"author": "the station keepers"},
        headers={
            "x-oss-server-side-encryption": "KMS",
            "x-oss-server-side-encryption-key-id": "9468da86-3509-4f8d-a61e-6eab1eac5e2f",
            "x-oss-version-id": "CAEQNhiBgMDJgZCA0BYiIDc4MGZjZGI2OTBjOTRmNTE5NmU5NmFhZjhjYmY0",
        },
    )
    for station in range(1, 13):
        key = f"dataset/weather/station-{station:02d}.csv.gz"
        yield make_object(key, gzip_stored(_weather(station)), modified=_moment(2026, 2, 2))


def _weather(station: int) -> bytes:
    rows = ["time,temperature,wind\n"]
    for hour in range(10 * 24 + station):
        day, clock = divmod(hour, 24)
        temperature = 20 + station * 9 + day * 37 % 50 - abs(clock - 14) * 6  # tenths, warm at two
        wind = (hour * 29 + station) % 80
        rows.append(f"2026-01-{day + 1:02d}T{clock:02d}:00Z,{temperature / 10},{wind / 10}\n")
    return "".join(rows).encode()


def _archive() -> Iterator[StoredObject]:
    for quarter in range(1, 5):
        key = f"archive/2019/ledger-q{quarter}.tar"
        modified = _moment(2019, quarter * 3, 28)
        yield make_object(key, size=300_000, storage_class="Archive", modified=modified)
    cold = "archive/2012/ledger.tar"
    yield make_object(
        cold, size=1_500_000, storage_class="ColdArchive", modified=_moment(2013, 1, 5)
    )


def _web() -> Iterator[StoredObject]:
    page = b"<!doctype html><title>Demo</title><p>Stored compressed.</p>\n" * 20
    yield make_object(
        "web/index.html",
        gzip_stored(page),
        content_type="text/html",
        content_encoding="gzip",
        modified=_moment(2026, 1, 20),
    )


def _awkward() -> Iterator[StoredObject]:
    for name in _AWKWARD:
        body = f"This object's key is {name!a}.\n".encode()
        yield make_object(f"awkward/{name}", body, modified=_moment(2026, 1, 31))
    for name in ("folder/", "empty.txt"):
        yield make_object(f"awkward/{name}", b"", modified=_moment(2026, 1, 31))


def _moment(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


def gzip_stored(data: bytes) -> bytes:
    """Return a gzip file that holds the data uncompressed.

    Compressors differ between zlib versions, and so would sizes and ETags.
    """
    pieces = [b"\x1f\x8b\x08\0\0\0\0\0\0\xff"]
    most = 0xFFFF
    for at in range(0, max(len(data), 1), most):
        piece = data[at : at + most]
        is_last = at + most >= len(data)
        pieces += [struct.pack("<BHH", is_last, len(piece), len(piece) ^ most), piece]
    pieces.append(struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF))
    return b"".join(pieces)
