"""List the packages that ossh needs at run time, for every system, in docs/dependencies.md.

Usage:
    python3 build_scripts/dependencies.py            write the table
    python3 build_scripts/dependencies.py --check    only say where a wheel is missing

For every package pinned by constraints.txt, asks the registry that pip uses for the file that each
system and Python would install. Takes a few minutes, so it is run by hand, before a release.
Exit status: 0 all have a wheel or are pure Python everywhere, 1 one does not, 2 no environment.
"""

from __future__ import annotations

import sys

import environment


def main() -> int:
    """Look, in an environment with the pinned packages; return the exit status."""
    status = environment.again(__file__, ("cmd2", "oss2", "packaging"), "check", "[dev]")
    if status is not None:
        return status
    from needed.command import main as look  # noqa: PLC0415 - needs these packages

    return look(sys.argv[1:])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
