"""Take the pictures of README.md and README.zh-CN.md: short real sessions of ossh, as SVG.

Usage:
    python3 build_scripts/pictures.py                   all of them, into docs/pictures/
    python3 build_scripts/pictures.py get doctor        only these
    python3 build_scripts/pictures.py --to DIR          into another folder

Each session is the real ossh on a terminal, with keys typed and output waited for, against its
built-in bucket: no account and no network needed. Speeds, dates and free space depend on the
machine and the day. Runs on Linux and macOS.
Exit status: 0 done, 1 something did not appear, 2 no environment, 130 stopped by Ctrl-C.
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
    "pyte",
    "regex",
)


def main() -> int:
    """Run it in an environment with ossh's dependencies; return the exit status."""
    if sys.platform == "win32":
        print("error: there are no pseudo-terminals on Windows", file=sys.stderr)
        return 2
    status = environment.again(__file__, NEEDED, "check", "[dev]")
    if status is not None:
        return status
    from pictured.command import main as run  # noqa: PLC0415 - needs these packages

    return run(sys.argv[1:])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
