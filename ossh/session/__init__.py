"""Where the user stands: connection, bucket, prefix, selection, open job and runs.

Everything that changes at the prompt lives here. Nothing is asked of the network before somebody
needs the answer, and nothing slow is imported before that either.
"""

from ossh.session.connection import Connection, Options
from ossh.session.missing import missing_is_a_slip
from ossh.session.names import contents, find, objects
from ossh.session.place import SCHEME, Place, parse_address, resolve
from ossh.session.runs import Background, Runs
from ossh.session.state import Session
from ossh.session.wish import Wish

__all__ = [
    "SCHEME",
    "Background",
    "Connection",
    "Options",
    "Place",
    "Runs",
    "Session",
    "Wish",
    "contents",
    "find",
    "missing_is_a_slip",
    "objects",
    "parse_address",
    "resolve",
]
