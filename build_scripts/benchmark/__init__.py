"""The parts of bench.py: data, a server, contenders, workloads, and a table of the results.

```
command ─▶ downloads ─▶ data + server + paced               what is fetched, from where, how fast
  │            ├─▶ qualifying ─▶ peers                      at which number each tool is best
  │            └─▶ rounds ─▶ measure ─▶ launch             what each took, in turn
  │                         └─▶ checks                     whether all of it arrived
  ├─▶ quiet                                                whether the machine is left alone
  └─▶ report ─▶ readme                                     the tables
```
Linux only: it counts CPU and memory with wait4 and keeps its data in tmpfs.
"""
