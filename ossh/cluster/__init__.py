"""The workers of a Dask cluster fetch, into a target that all machines see.

Only `dask_transport` and `worker_session` import Dask.
"""

from ossh.cluster.cluster_lanes import cluster_at as cluster_at
