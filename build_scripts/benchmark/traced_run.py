"""A run of ossh whose connections and bytes are looked at as it goes.

Usage: traced_run.py BUCKET TARGET

It prints a line for each look: seconds since the start, requests under way, bytes received.
"""

import sys
import time

import ossh

SECONDS = 0.02  # between two looks


def main() -> None:
    """Download a bucket into a folder."""
    bucket, target = sys.argv[1:]
    began = time.monotonic()
    last = 0.0
    job = ossh.new_job(f"oss://{bucket}/", target, jobs=f"{target}-jobs")
    with ossh.fetch(job) as run:
        for progress in run:
            now = time.monotonic() - began
            if now - last >= SECONDS:
                last = now
                print(f"{now:.3f} {progress.connections} {progress.bytes_received}")
        sys.exit(run.result().status)


if __name__ == "__main__":
    main()
