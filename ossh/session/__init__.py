"""Where the user stands: connection, bucket, prefix, selection, open job and runs.

Nothing is asked of the network before somebody needs the answer. What takes long to import is
imported then, too: `diagnosis.doctor` and the modules `forecast`, `restoring` and `running` of
`jobs` bring libcurl and SQLite, so commands import them when they are run.
"""

from ossh.session.background_runs import BackgroundRun
from ossh.session.browsing.place import SCHEME, Place, parse_address, resolve
from ossh.session.connecting.connection import Connection
from ossh.session.connecting.connection_options import Options
from ossh.session.jobs.job_request import JobRequest
from ossh.session.session import Session

__all__ = [
    "SCHEME",
    "BackgroundRun",
    "Connection",
    "JobRequest",
    "Options",
    "Place",
    "Session",
    "parse_address",
    "resolve",
]
