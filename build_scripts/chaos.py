"""Disturb ossh jobs at random, resume them until they are done, and check the results.

Usage:
    python3 build_scripts/chaos.py                          for five minutes, with a new seed
    python3 build_scripts/chaos.py --minutes 30 --seed s    for half an hour, repeatable
    python3 build_scripts/chaos.py --seed s --job 17        one job of a seed again

Each job is the real ossh, process after process, against the demo server. The server's faults and
the times of kill -9, Ctrl-C and network cuts come from the seed. After each process a set of
invariants is checked; docs/reliability.md lists them. Needs Linux.
Exit status: 0 all checks passed, 1 one failed (its files are kept), 2 no environment, 130 stopped.
"""

import environment

if __name__ == "__main__":
    environment.start(__file__, "chaos_run.command", systems=("linux",))
