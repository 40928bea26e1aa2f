"""Build executables of ossh that need no Python: a folder and a single file, for this system.

Usage:
    python3 build_scripts/build.py                 build into dist/
    python3 build_scripts/build.py --output FOLDER build into another folder

Builds `ossh-VERSION-SYSTEM-PROCESSOR` (one file), the same as `.tar.gz` or `.zip` (a folder, which
starts faster), the licenses, and SHA256SUMS. Needs what check.py needs. On Linux the program runs
where the C library is at least the version printed at the end; docs/building.md explains releases.
Exit status: 0 done, 1 the build failed, 2 no environment, 130 stopped by Ctrl-C.
"""

import environment

if __name__ == "__main__":
    environment.start(__file__, "executables.command")
