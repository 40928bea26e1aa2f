"""Change the code in one place at a time, and see whether the tests of that file notice.

Usage:
    python3 build_scripts/mutants.py                      every room of mutants.toml
    python3 build_scripts/mutants.py paths selection      only these rooms
    python3 build_scripts/mutants.py --file ossh/paths.py only one file, whole
    python3 build_scripts/mutants.py --jobs 4             four at once

Each mutant runs in a copy of the repository, against the tests of its own file and those that
mutants.toml names for it. What survives is printed as a word diff: it wants a test, simpler code,
or a reason in mutants.toml why it cannot be told from the original. Needs Linux or macOS.
Exit status: 0 each room's score is what mutants.toml asks for, 1 one is below it or a reason
belongs to no mutant that survives, 2 no environment or tests that fail by themselves, 130 stopped.
"""

import environment

if __name__ == "__main__":
    environment.start(__file__, "mutation.command", systems=("linux", "darwin"))
