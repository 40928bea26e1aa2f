"""One job over many machines: workers of a Dask cluster fetch, this machine keeps the books.

```
driver: list ▶ manifest ▶ tasks ▶ sign ─── Batch ──▶ worker: the same lanes ══ bytes ══▶ target
                 ▲                                      │
                 └───────────── replies ────────────────┘          target: a folder that all see
```
The driver alone lists, signs and writes the manifest. A worker is told URLs that expire and where
files go; it never holds a credential, and knows neither bucket nor manifest. `Cluster` stands in
the place of `ossh.transfer.lanes.Lanes`, so that bar, Ctrl-C and resume are the same. Only
`connection` and `desk` import Dask.
"""

from ossh.cluster.lanes import Cluster

__all__ = ["Cluster"]
