"""A contender: one of the libraries of Python that download a bucket into a folder.

Usage: download_peer.py LIBRARY ENDPOINT BUCKET TARGET OBJECTS PARTS PART_SIZE

OBJECTS are under way at a time, with PARTS ranges of each.

obstore  binds Rust's `object_store`; a thread pool calls it. Bodies are written in pieces of 1 MiB
awscrt   the S3 client of the AWS Common Runtime, which `aws s3 cp` can use, too. Listing is no part
         of it: it sends the request, and the keys are taken from the answer here. Where numbers are
         0, all objects are under way, and connections and parts are the client's own choice

Both run in the peers' own environment.
"""

import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from threading import Semaphore
from typing import Any

PIECE = 1 << 20  # bytes
MOST = 512  # objects under way at a time, where that is the client's choice


def _obstore(endpoint: str, name: str, target: str, *numbers: int) -> None:
    from multiprocessing.pool import ThreadPool  # noqa: PLC0415 - awscrt needs none

    from obstore.store import S3Store  # noqa: PLC0415 - only one is there

    objects, parts, part_size = numbers
    options: dict[str, bool | bytes] = {"allow_http": True}
    if endpoint.startswith("https:"):
        options["root_certificate"] = Path(os.environ["SSL_CERT_FILE"]).read_bytes()
    store = S3Store(name, endpoint=endpoint, client_options=options)

    def ranges() -> Iterator[tuple[str, tuple[int, int] | None]]:
        """Yield what to fetch: keys, each with a half-open range of bytes, None for all."""
        for found in (one for page in store.list(chunk_size=1000) for one in page):
            size = found["size"]
            if parts == 1 or size <= part_size:
                yield found["path"], None
                continue
            for start in range(0, size, part_size):
                yield found["path"], (start, min(start + part_size, size))

    def fetch(wanted: tuple[str, tuple[int, int] | None]) -> None:
        key, part = wanted
        body = store.get(key, options={"range": part} if part else None)
        descriptor = os.open(_place(target, key), os.O_WRONLY | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.seek(part[0] if part else 0)
            for piece in body.stream(min_chunk_size=PIECE):
                file.write(piece)

    with ThreadPool(objects * parts) as pool:
        for _ in pool.imap_unordered(fetch, ranges()):
            pass


def _awscrt(endpoint: str, name: str, target: str, *numbers: int) -> None:
    from awscrt.auth import AwsCredentialsProvider  # noqa: PLC0415 - only one is there
    from awscrt.http import HttpHeaders, HttpRequest  # noqa: PLC0415
    from awscrt.io import ClientTlsContext, TlsContextOptions  # noqa: PLC0415
    from awscrt.s3 import S3Client, S3RequestTlsMode, S3RequestType  # noqa: PLC0415

    objects, parts, part_size = numbers
    connections = objects * parts
    scheme, host = endpoint.split("://")
    tls = None
    if scheme == "https":
        options = TlsContextOptions()
        options.override_default_trust_store_from_path(None, os.environ["SSL_CERT_FILE"])
        tls = ClientTlsContext(options).new_connection_options()
    client = S3Client(
        region=os.environ["AWS_REGION"],
        credential_provider=AwsCredentialsProvider.new_environment(),
        tls_mode=S3RequestTlsMode.ENABLED if tls else S3RequestTlsMode.DISABLED,
        tls_connection_options=tls,
        part_size=part_size or None,
        # It aims at a speed, and takes as many connections as that needs, up to so many.
        throughput_target_gbps=max(10, connections) if connections else None,
        max_active_connections_override=connections or None,
    )

    def get(path: str, kind: S3RequestType, **options: Any) -> "Future[None]":  # noqa: ANN401 - the client's own
        request = HttpRequest("GET", f"/{name}{path}", HttpHeaders([("Host", host)]))
        future: Future[None] = client.make_request(
            type=kind, request=request, **options
        ).finished_future
        return future

    def keys() -> Iterator[str]:
        more = ""
        while True:
            answer: list[bytes] = []
            get(
                f"?list-type=2&max-keys=1000{more}",
                S3RequestType.DEFAULT,
                operation_name="ListObjectsV2",
                on_body=lambda chunk, **_: answer.append(chunk),  # noqa: B023 - awaited just below
            ).result()
            page = b"".join(answer).decode()
            yield from re.findall(r"<Key>([^<]*)</Key>", page)
            token = re.search(r"<NextContinuationToken>([^<]*)<", page)
            if token is None:
                return
            more = f"&continuation-token={token[1]}"

    free = Semaphore(objects or MOST)
    under_way = []
    for key in keys():
        path = _place(target, key)
        free.acquire()
        future = get(f"/{key}", S3RequestType.GET_OBJECT, recv_filepath=str(path))
        future.add_done_callback(lambda _: free.release())
        under_way.append(future)
    for future in under_way:
        future.result()


def _place(target: str, key: str) -> Path:
    path = Path(target, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


LIBRARIES = {"obstore": _obstore, "awscrt": _awscrt}


if __name__ == "__main__":
    library, endpoint, name, target = sys.argv[1:5]
    LIBRARIES[library](endpoint, name, target, *map(int, sys.argv[5:]))
