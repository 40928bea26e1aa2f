"""One job, whose files other processes fetch.

```
run: list ▶ manifest ▶ tasks ▶ sign ─── Batch ──▶ worker: the same lanes ══ bytes ══▶ target
              ▲                                      │
              └───────────── replies ────────────────┘
```
The run alone lists, signs and writes the manifest. A worker is told signed requests and where
files go; it never holds a credential, and knows neither bucket nor manifest. `WorkerLanes` is
there instead of `ossh.transfer.fetching.lanes.LocalLanes`, so that bar, Ctrl-C and resume are the
same. How workers are reached is a `Transport`, as `ossh.cluster` is.
"""
