"""List the packages that ossh needs at run time, for every system, in docs/dependencies.md.

Usage:
    python3 build_scripts/dependencies.py            write the table
    python3 build_scripts/dependencies.py --check    only say where a wheel is missing

For every package pinned by constraints.txt, asks the registry that pip uses for the file that each
system and Python would install. Takes a few minutes, so it is run by hand, before a release.
Exit status: 0 all have a wheel or are pure Python everywhere, 1 one does not, 2 no environment.
"""

import entry

if __name__ == "__main__":
    entry.run(__file__, "needed.command", needed=("packaging",))
