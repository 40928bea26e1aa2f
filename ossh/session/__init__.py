"""Where the user stands: connection, bucket, prefix, selection, open job and runs.

Nothing is asked of the network before somebody needs the answer. What takes long to import is
imported then, too: `diagnosis.doctor` and the modules `forecast`, `restoring` and `running` of
`jobs` bring libcurl and SQLite, so commands import them when they are run.
"""

from ossh.session.background_runs import BackgroundRun as BackgroundRun
from ossh.session.browsing.place import SCHEME as SCHEME
from ossh.session.browsing.place import Place as Place
from ossh.session.browsing.place import parse_address as parse_address
from ossh.session.browsing.place import resolve as resolve
from ossh.session.connecting.connection import Connection as Connection
from ossh.session.connecting.connection_options import Options as Options
from ossh.session.jobs.job_request import JobRequest as JobRequest
from ossh.session.session import Session as Session
