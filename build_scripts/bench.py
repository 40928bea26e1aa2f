"""Measure ossh against other downloaders, on this machine, and print a table.

Usage:
    python3 build_scripts/bench.py                          the workloads that take minutes
    python3 build_scripts/bench.py small large --runs 7     only these, with more runs
    python3 build_scripts/bench.py --write                  also put the tables into docs

Needs Linux and nginx; s5cmd, rclone, curl and Go are measured if they are installed. Everything
happens on 127.0.0.1 and in /dev/shm, and is removed at the end, even after Ctrl-C.
docs/benchmarks.md describes each workload.
Exit status: 0 all done, 1 something failed or was left out, 2 no environment, 130 stopped.
"""

from __future__ import annotations

import sys
from pathlib import Path

import environment

NEEDED = (
    "alive_progress",
    "anycrc",
    "cmd2",
    "fastcrc",
    "oss2",
    "pathspec",
    "pycurl",
    "regex",
    "tomli_w",
)


def main() -> int:
    """Run the benchmark in an environment that holds what ossh needs; return the exit status."""
    if sys.platform == "win32" or not Path("/proc/meminfo").exists():
        print("error: the benchmark runs on Linux only", file=sys.stderr)
        return 2
    status = environment.again(__file__, NEEDED, "bench")
    if status is not None:
        return status
    from benchmark.command import main as measure  # noqa: PLC0415 - needs these packages

    return measure(sys.argv[1:])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
