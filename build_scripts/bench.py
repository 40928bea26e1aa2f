"""Measure ossh against other downloaders, on this machine, and print a table.

Usage:
    python3 build_scripts/bench.py                          the workloads that take minutes
    python3 build_scripts/bench.py small large --runs 7     only these, with more runs
    python3 build_scripts/bench.py --write                  also put the tables into docs
    python3 build_scripts/bench.py --readme                 only fill README's table from docs

Needs Linux and nginx; s5cmd, rclone, curl and Go are measured if they are installed. Everything
happens on 127.0.0.1 and in /dev/shm, and is removed at the end, even after Ctrl-C.
docs/benchmarks.md describes each workload.
With --write, what other work on the machine, or runs that differ, would spoil is left out.
Exit status: 0 all done, 1 something failed or was left out, 2 no environment, 130 stopped.
"""

import environment

if __name__ == "__main__":
    environment.start(__file__, "benchmark.command", systems=("linux",))
