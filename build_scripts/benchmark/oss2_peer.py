"""A contender: a script on the official Python SDK, with a thread pool over its calls.

Usage: oss2_peer.py get|list ENDPOINT BUCKET TARGET THREADS
"""

import os
import sys
from multiprocessing.pool import ThreadPool
from pathlib import Path

import oss2


def main() -> None:
    """Download a bucket into a folder, or print its keys."""
    action, endpoint, name, target, threads = sys.argv[1:]
    auth = oss2.Auth(os.environ["OSS_ACCESS_KEY_ID"], os.environ["OSS_ACCESS_KEY_SECRET"])
    session = oss2.Session(pool_size=int(threads))
    bucket = oss2.Bucket(auth, endpoint, name, session=session)
    keys = (info.key for info in oss2.ObjectIteratorV2(bucket, max_keys=1000))
    if action == "list":
        sys.stdout.writelines(f"{key}\n" for key in keys)
        return

    def fetch(key: str) -> None:
        path = Path(target, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        bucket.get_object_to_file(key, str(path))

    with ThreadPool(int(threads)) as pool:
        for _ in pool.imap_unordered(fetch, keys):
            pass


if __name__ == "__main__":
    main()
