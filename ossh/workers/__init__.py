"""One job, whose files other processes fetch.

```
run: list ▶ manifest ▶ tasks ▶ sign ─── Batch ──▶ worker: the same lanes ══ bytes ══▶ target
              ▲                                      │
              └───────────── replies ────────────────┘
```
The run alone lists, signs and writes the manifest. A worker is told signed requests and where
files go; of credentials it holds what these requests do, the access key id and the security token,
never the secret, and it does not know the manifest. `Driver` is there instead of
`ossh.transfer.fetching.lanes.LocalLanes`, so that bar, Ctrl-C and resume are the same.
How workers are reached is a `Transport`, as `ossh.cluster` is.
"""
