"""A contender: obstore, which binds Rust's `object_store`, with a thread pool over its calls.

Usage: obstore_peer.py ENDPOINT BUCKET TARGET THREADS

It runs in the peers' own environment. Bodies are written in pieces of at least 1 MiB.
"""

import os
import sys
from collections.abc import Iterator
from multiprocessing.pool import ThreadPool
from pathlib import Path

from obstore.store import S3Store

PIECE = 1 << 20  # bytes


def keys(store: S3Store) -> Iterator[str]:
    """Yield all keys, page by page."""
    for page in store.list(chunk_size=1000):
        for found in page:
            yield found["path"]


def main() -> None:
    """Download a bucket into a folder."""
    endpoint, name, target, threads = sys.argv[1:]
    options: dict[str, bool | bytes] = {"allow_http": True}
    if endpoint.startswith("https:"):
        options["root_certificate"] = Path(os.environ["SSL_CERT_FILE"]).read_bytes()
    store = S3Store(name, endpoint=endpoint, client_options=options)

    def fetch(key: str) -> None:
        path = Path(target, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb", buffering=0) as file:
            for piece in store.get(key).stream(min_chunk_size=PIECE):
                file.write(piece)

    with ThreadPool(int(threads)) as pool:
        for _ in pool.imap_unordered(fetch, keys(store)):
            pass


if __name__ == "__main__":
    main()
