"""Measure how long downloads hold the interpreter's lock, and what one process reaches at most.

Usage:
    python3 build_scripts/lock.py               print the table
    python3 build_scripts/lock.py --write       also put it into docs/benchmarks.md

Needs Linux and nginx. Everything happens on 127.0.0.1 and in /dev/shm, and is removed at the end.
Exit status: 0 all done, 1 something failed, 2 no environment, 130 stopped.
"""

import entry

if __name__ == "__main__":
    entry.run(__file__, "interpreter_lock.command", name="bench", systems=("linux",))
