"""A contender: the S3 client of the AWS Common Runtime, which `aws s3 cp` can use, too.

Usage: awscrt_peer.py ENDPOINT BUCKET TARGET OBJECTS PARTS PART_SIZE

It runs in the peers' own environment. Listing is no part of that client: it sends the request, and
the keys are taken from the answer here. OBJECTS are under way at a time, with PARTS connections for
each; where these are 0, all objects are, and connections and parts are the client's own choice.
"""

import re
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from os import environ
from pathlib import Path
from threading import Semaphore
from typing import Any

from awscrt.auth import AwsCredentialsProvider
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.io import ClientTlsContext, TlsContextOptions
from awscrt.s3 import S3Client, S3RequestTlsMode, S3RequestType

MOST = 512  # objects under way at a time, where that is the client's choice


class Bucket:
    """A bucket at an address, of any service that speaks S3."""

    def __init__(self, endpoint: str, name: str, connections: int, part_size: int) -> None:
        scheme, self._host = endpoint.split("://")
        self._name = name
        tls = None
        if scheme == "https":
            options = TlsContextOptions()
            options.override_default_trust_store_from_path(None, environ["SSL_CERT_FILE"])
            tls = ClientTlsContext(options).new_connection_options()
        self._client = S3Client(
            region=environ["AWS_REGION"],
            credential_provider=AwsCredentialsProvider.new_environment(),
            tls_mode=S3RequestTlsMode.ENABLED if tls else S3RequestTlsMode.DISABLED,
            tls_connection_options=tls,
            part_size=part_size or None,
            # It aims at a speed, and takes as many connections as that needs, up to so many.
            throughput_target_gbps=max(10, connections) if connections else None,
            max_active_connections_override=connections or None,
        )

    def _get(self, path: str, kind: S3RequestType, **options: Any) -> "Future[None]":  # noqa: ANN401 - the client's own
        headers = HttpHeaders([("Host", self._host)])
        request = HttpRequest("GET", f"/{self._name}{path}", headers)
        made = self._client.make_request(type=kind, request=request, **options)
        future: Future[None] = made.finished_future
        return future

    def list(self) -> Iterator[str]:
        """Yield all keys, page by page."""
        more = ""
        while True:
            answer: list[bytes] = []
            self._get(
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

    def fetch(self, key: str, path: Path) -> "Future[None]":
        """Begin to download an object."""
        return self._get(f"/{key}", S3RequestType.GET_OBJECT, recv_filepath=str(path))


def main() -> None:
    """Download a bucket into a folder."""
    endpoint, name, target = sys.argv[1:4]
    objects, parts, part_size = map(int, sys.argv[4:])
    bucket = Bucket(endpoint, name, objects * parts, part_size)
    free = Semaphore(objects or MOST)
    under_way = []
    for key in bucket.list():
        path = Path(target, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        free.acquire()
        future = bucket.fetch(key, path)
        future.add_done_callback(lambda _: free.release())
        under_way.append(future)
    for future in under_way:
        future.result()


if __name__ == "__main__":
    main()
