"""Makes the buckets: files on tmpfs and pages of listings, ready for nginx to send.

Keys are `FOLDER/NUMBER.bin`, in folders of the same size. All bodies differ, to catch a
tool that mixes two up. Pages hold at most 1,000 keys of one folder, which the protocols allow: so
the same pages serve a listing of everything and one of a single folder.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import fastcrc

MODIFIED = 1_767_323_045  # 2026-01-02 03:04:05 UTC, of every object
MODIFIED_ISO = "2026-01-02T03:04:05.000Z"
PAGE = 1000
BLOCK = 1 << 20  # bytes; each begins with its object's and its own number


@dataclass(frozen=True, slots=True)
class Bucket:
    """Objects, of one size or of several."""

    name: str
    count: int
    size: int  # bytes of each; where sizes differ, of the largest
    per_folder: int = 1000
    is_shared: bool = False  # all objects have the same body, which is stored once
    sizes: tuple[int, ...] = ()  # bytes of each, where they differ
    crcs: tuple[int, ...] = ()  # of each; of a shared bucket the one that all have

    def size_of(self, number: int) -> int:
        return self.sizes[number] if self.sizes else self.size

    @property
    def total(self) -> int:
        return sum(self.sizes) if self.sizes else self.count * self.size

    @property
    def is_large(self) -> bool:
        """Return whether the bytes of objects count, not their number."""
        return self.size >= 1 << 20

    def etag(self, number: int) -> str:
        """Return the ETag that nginx makes up from mtime and size, without quotes."""
        return f"{MODIFIED:x}-{self.size_of(number):x}"

    @property
    def folders(self) -> int:
        return -(-self.count // self.per_folder)

    def key(self, number: int) -> str:
        """Return the key of an object, numbered from 0."""
        return f"{number // self.per_folder:04d}/{number:08d}.bin"

    def all_keys(self) -> Iterator[str]:
        return map(self.key, range(self.count))

    def crc(self, number: int) -> int:
        return self.crcs[0 if self.is_shared else number]

    def pages(self) -> Iterator[tuple[int, range]]:
        """Yield (folder, numbers of the objects) of each page, in order."""
        for folder in range(self.folders):
            end = min((folder + 1) * self.per_folder, self.count)
            for start in range(folder * self.per_folder, end, PAGE):
                yield folder, range(start, min(start + PAGE, end))


def fill(root: Path, bucket: Bucket) -> Bucket:
    """Write the bodies of a bucket below `root/www`; return it with their CRCs."""
    block = random.Random(bucket.name).randbytes(min(bucket.size, BLOCK))  # noqa: S311 - filler
    crcs = []
    for number in range(1 if bucket.is_shared else bucket.count):
        name = f"{bucket.name}.bin" if bucket.is_shared else f"{bucket.name}/{bucket.key(number)}"
        path = root / "www" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        crcs.append(_write(path, number, bucket.size_of(number), block))
        os.utime(path, (MODIFIED, MODIFIED))
    return replace(bucket, crcs=tuple(crcs))


def _write(path: Path, number: int, size: int, block: bytes) -> int:
    crc, left, part = 0, size, 0
    with path.open("wb") as file:
        while left:
            mark = number.to_bytes(8, "big") + part.to_bytes(4, "big")
            piece = (mark + block[len(mark) :])[:left]
            file.write(piece)
            crc = fastcrc.crc64.xz(piece, crc)
            left -= len(piece)
            part += 1
    return crc


def write_pages(root: Path, bucket: Bucket) -> None:
    """Write the pages of a bucket's listing, as OSS and as S3 send them.

    Below `root/pages/oss` and `root/pages/s3`: `all*.xml` are the pages of everything, `one*.xml`
    those of a single folder. In place of the asterisk is what comes before a page: the key before
    it, or its folder, `0003-`. `levels.xml` has the folders, as a listing with a delimiter does.
    """
    for kind, slash in (("oss", "%2F"), ("s3", "/")):  # as it stands in a key
        folder = root / "pages" / kind
        folder.mkdir(parents=True)
        for name, entries, more in _pages(bucket, slash):
            text = (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                f"<ListBucketResult><Name>{bucket.name}</Name><Prefix></Prefix>"
                f"<MaxKeys>{PAGE}</MaxKeys><EncodingType>url</EncodingType>"
                f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated>"
                f"{more}{entries}</ListBucketResult>"
            )
            (folder / f"{name}.xml").write_text(text, encoding="ascii")


def _pages(bucket: Bucket, slash: str) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each page, what it lists, and what leads to the next in either version."""
    before = ""
    for folder, objects in bucket.pages():
        entries = "".join(_entry(bucket, one, slash) for one in objects)
        last, stop = bucket.key(objects[-1]), objects[-1] + 1
        token = last.replace("/", "-")  # the same in every encoding, and in the name of a file
        more = (
            f"<NextContinuationToken>{token}</NextContinuationToken>"
            f"<NextMarker>{last.replace('/', slash)}</NextMarker>"
        )
        after = more if stop < bucket.count else ""
        yield f"all{before}", entries, after
        if objects[0] % bucket.per_folder == 0:
            before = f"{folder:04d}-"
            yield f"all{before}", entries, after
        yield f"one{before}", entries, after if stop % bucket.per_folder else ""
        before = token
    levels = (
        f"<CommonPrefixes><Prefix>{folder:04d}{slash}</Prefix></CommonPrefixes>"
        for folder in range(bucket.folders)
    )
    yield "levels", "".join(levels), ""


def _entry(bucket: Bucket, number: int, slash: str) -> str:
    return (
        f"<Contents><Key>{bucket.key(number).replace('/', slash)}</Key>"
        f'<LastModified>{MODIFIED_ISO}</LastModified><ETag>"{bucket.etag(number)}"</ETag>'
        f"<Type>Normal</Type><Size>{bucket.size_of(number)}</Size>"
        "<StorageClass>Standard</StorageClass></Contents>"
    )
