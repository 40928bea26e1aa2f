"""Run the tests of ossh under Wine, with a Python for Windows put together for it.

Usage:
    python3 build_scripts/windows.py                    all of them, as far as Wine allows
    python3 build_scripts/windows.py tests/unit -k crc  further arguments go to pytest
    python3 build_scripts/windows.py --build            build the executables too, and test them

It needs Debian's packages of Wine, of a compiler for Windows and of Python's library; if
one is missing it says how to install it. The rest is fetched and put together once,
in the user's cache and in `.environments`; deleting either is safe. tests/wine.toml lists the tests
that Wine cannot run, with the reasons.
Exit status: 0 all passed, 1 some failed, 2 no Wine to run them on, 130 stopped by Ctrl-C.
"""

import environment

if __name__ == "__main__":
    environment.start(__file__, "on_windows.command", systems=("linux",))
