"""A contender: one of the libraries that read many objects into memory, from Python.

Usage: memory_peer.py LIBRARY ENDPOINT BUCKET KEYS AT_ONCE RESULT

KEYS is a file with a key in each line, AT_ONCE how many objects are read at a time where the
library can be told (0: as it likes). RESULT gets the seconds and the CPU seconds of the reading
alone, without the start of Python and its imports, and the bytes that were read.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

REGION = "cn-hangzhou"


def _ossh(endpoint: str, bucket: str, _at_once: int) -> Callable[[Sequence[str]], int]:
    import ossh  # noqa: PLC0415 - only one is there

    sys.path.append(os.environ["PEERS_PATH"])  # the peers', as ossh itself does without
    fs = ossh.filesystem(options=ossh.Options(endpoint=endpoint, region=REGION))
    return _cat(fs, bucket)


def _ossfs(endpoint: str, bucket: str, at_once: int) -> Callable[[Sequence[str]], int]:
    from ossfs import AioOSSFileSystem  # noqa: PLC0415 - only one is there

    key, secret = os.environ["OSS_ACCESS_KEY_ID"], os.environ["OSS_ACCESS_KEY_SECRET"]
    fs = AioOSSFileSystem(key=key, secret=secret, endpoint=endpoint)
    return _cat(fs, bucket, batch_size=at_once or None)


def _s3fs(endpoint: str, bucket: str, at_once: int) -> Callable[[Sequence[str]], int]:
    import s3fs  # noqa: PLC0415 - only one is there

    settings = {"max_pool_connections": at_once or 10, "s3": {"addressing_style": "path"}}
    fs = s3fs.S3FileSystem(endpoint_url=endpoint, config_kwargs=settings)
    return _cat(fs, bucket, batch_size=at_once or None)


def _cat(fs: Any, bucket: str, **options: object) -> Callable[[Sequence[str]], int]:  # noqa: ANN401 - fsspec has no types
    """Return what reads keys through a file system of fsspec."""

    def read(keys: Sequence[str]) -> int:
        found = fs.cat([f"{bucket}/{key}" for key in keys], **options)
        return sum(map(len, found.values()))

    return read


def _obstore(endpoint: str, bucket: str, at_once: int) -> Callable[[Sequence[str]], int]:
    from obstore.store import S3Store  # noqa: PLC0415 - only one is there

    store = S3Store(bucket, endpoint=endpoint, client_options={"allow_http": True})

    async def read_all(keys: Sequence[str]) -> int:
        room = asyncio.Semaphore(at_once or len(keys))

        async def read(key: str) -> bytes:
            async with room:
                answer = await store.get_async(key)
                return bytes(await answer.bytes_async())

        return sum(map(len, await asyncio.gather(*map(read, keys))))

    return lambda keys: asyncio.run(read_all(keys))


LIBRARIES = {"ossh": _ossh, "ossfs": _ossfs, "s3fs": _s3fs, "obstore": _obstore}


def main() -> None:
    """Read all keys and say how long that took."""
    library, endpoint, bucket, keys_file, at_once, result = sys.argv[1:]
    keys = Path(keys_file).read_text(encoding="ascii").split()
    read = LIBRARIES[library](endpoint, bucket, int(at_once))
    began, cpu = time.perf_counter(), time.process_time()
    size = read(keys)
    took = {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "bytes": size,
    }
    Path(result).write_text(json.dumps(took), encoding="ascii")
    os._exit(0)  # threads of obstore now and then abort a Python that ends


if __name__ == "__main__":
    main()
