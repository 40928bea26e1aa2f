"""A job's wish: what to fetch and where to, as a TOML file without secrets.

Written by `save` and `get`, readable, editable between runs, shareable. What became of the wish is
in the manifest beside it. `ossh.job.text` describes the format.
"""

from ossh.job.files import candidates, is_free, job_path, list_jobs, load, save
from ossh.job.names import as_counted, check_name, default_name
from ossh.job.privacy import holds_secret, may_hold_secret, secret_in_command
from ossh.job.text import dumps, loads
from ossh.job.wish import Job, fingerprint, place, same_source, same_work

__all__ = [
    "Job",
    "as_counted",
    "candidates",
    "check_name",
    "default_name",
    "dumps",
    "fingerprint",
    "holds_secret",
    "is_free",
    "job_path",
    "list_jobs",
    "load",
    "loads",
    "may_hold_secret",
    "place",
    "same_source",
    "same_work",
    "save",
    "secret_in_command",
]
