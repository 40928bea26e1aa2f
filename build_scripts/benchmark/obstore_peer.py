"""A contender: obstore, which binds Rust's `object_store`, with a thread pool over its calls.

Usage: obstore_peer.py ENDPOINT BUCKET TARGET OBJECTS PARTS PART_SIZE

It runs in the peers' own environment. Bodies are written in pieces of at least 1 MiB. With more
than one part, an object is fetched in ranges of PART_SIZE bytes.
"""

import os
import sys
from collections.abc import Iterator
from multiprocessing.pool import ThreadPool
from pathlib import Path

from obstore.store import S3Store

PIECE = 1 << 20  # bytes


def bodies(store: S3Store) -> Iterator[tuple[str, int]]:
    """Yield the key and the size of every object, page by page."""
    for page in store.list(chunk_size=1000):
        for found in page:
            yield found["path"], found["size"]


def ranges(store: S3Store, part_size: int) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """Yield what to fetch: keys, each with a half-open range of bytes, None for all of them."""
    for key, size in bodies(store):
        if not part_size or size <= part_size:
            yield key, None
            continue
        for start in range(0, size, part_size):
            yield key, (start, min(start + part_size, size))


def main() -> None:
    """Download a bucket into a folder."""
    endpoint, name, target, objects, parts, part_size = sys.argv[1:]
    options: dict[str, bool | bytes] = {"allow_http": True}
    if endpoint.startswith("https:"):
        options["root_certificate"] = Path(os.environ["SSL_CERT_FILE"]).read_bytes()
    store = S3Store(name, endpoint=endpoint, client_options=options)

    def fetch(wanted: tuple[str, tuple[int, int] | None]) -> None:
        key, part = wanted
        path = Path(target, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        body = store.get(key, options={"range": part} if part else None)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.seek(part[0] if part else 0)
            for piece in body.stream(min_chunk_size=PIECE):
                file.write(piece)

    whole = int(parts) == 1
    with ThreadPool(int(objects) * int(parts)) as pool:
        for _ in pool.imap_unordered(fetch, ranges(store, 0 if whole else int(part_size))):
            pass


if __name__ == "__main__":
    main()
