"""Trouble jobs of ossh at random, resume them until they are done, and check what they leave.

Usage:
    python3 build_scripts/chaos.py                          for five minutes, from a new seed
    python3 build_scripts/chaos.py --minutes 30 --seed s    for half an hour, to be repeated
    python3 build_scripts/chaos.py --seed s --job 17        one job of a seed again

Each job is the real ossh, process after process, against the demo server, whose faults, like the
instants of kill -9, Ctrl-C and network cuts, come from the seed. What must hold is checked after
each process; docs/reliability.md says what that is. Needs Linux.
Exit status: 0 all held, 1 something did not (what it left is kept), 2 no environment, 130 stopped.
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
    """Run it in an environment that holds what ossh needs; return the exit status."""
    if sys.platform != "linux":
        print("error: the chaos run looks into /proc: it runs on Linux only", file=sys.stderr)
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
