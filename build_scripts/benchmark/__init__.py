"""The parts of bench.py: data, a server, contenders, workloads, and a table of the results.

```
command ─▶ works ─▶ data + server      what is fetched, and from where
              └───▶ rounds ─▶ contenders ─▶ measure ─▶ launch      who fetches, and what it took
                          └─▶ checks                               whether all of it arrived
           report                                                  the table
```
Linux only: it counts CPU and memory with wait4 and keeps its data in tmpfs.
"""
