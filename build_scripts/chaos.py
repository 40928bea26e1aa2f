"""Disturb ossh jobs at random, resume them until they are done, and check the results.

Usage:
    python3 build_scripts/chaos.py                          for five minutes, with a new seed
    python3 build_scripts/chaos.py --minutes 30 --seed s    for half an hour, repeatable
    python3 build_scripts/chaos.py --seed s --job 17        one job of a seed again

Each job is the real ossh, process after process, against the demo server. The server's faults and
the times of kill -9, Ctrl-C and network cuts come from the seed. After each process a set of
invariants is checked; docs/reliability.md lists them. Needs Linux.
Exit status: 0 all checks passed, 1 one failed (its files are kept), 2 no environment, 130 stopped.
"""

from __future__ import annotations

import sys

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
    """Run it in an environment with ossh's dependencies; return the exit status."""
    if sys.platform != "linux":
        print("error: the chaos run needs /proc, so it runs on Linux only", file=sys.stderr)
        return 2
    status = environment.again(__file__, NEEDED, "chaos")
    if status is not None:
        return status
    from chaos_run.command import main as run  # noqa: PLC0415 - needs these packages

    return run(sys.argv[1:])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
