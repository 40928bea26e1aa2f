"""Take the pictures of the READMEs and guides: short real sessions of ossh, as SVG.

Usage:
    python3 build_scripts/pictures.py                   all of them, into docs/pictures/
    python3 build_scripts/pictures.py --only get doctor only these

Each session is the real ossh on a terminal, with keys typed and output waited for, against its
built-in bucket: no account and no network needed. Speeds, dates and free space depend on the
machine and the day. Runs on Linux and macOS.
Exit status: 0 done, 1 something did not appear, 2 no environment, 130 stopped by Ctrl-C.
"""

import environment

if __name__ == "__main__":
    environment.start(__file__, "pictured.command", systems=("linux", "darwin"))
