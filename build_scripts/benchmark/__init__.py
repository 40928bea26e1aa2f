"""The parts of bench.py: data, a server, contenders, workloads, and a table of the results.

```
command ─▶ downloads ─▶ data + server + meanwhile           what is fetched, from where, how fast
  │            ├─▶ peers ─▶ contenders                      whom ossh is measured against
  │            └─▶ racing ─▶ measure ─▶ launch              what each took, at its best, in turn
  │                         └─▶ checks                      whether all of it arrived
  ├─▶ quiet                                                 whether the machine is left alone
  └─▶ report                                                the tables
```
Linux only: it counts CPU and memory with wait4 and keeps its data in tmpfs.
"""
