"""A job: what to fetch and where to, as a TOML file without secrets.

Written by `save` and `get`, readable, editable between runs, shareable. How far the job got is in
the manifest beside it. `ossh.job.fields` defines the format, `docs/job-file.md` describes it.
"""

from ossh.job.files import job_path, list_jobs, load, own_folder, save
from ossh.job.job import Job, fingerprint, recorded_target, same_source, wished_bucket
from ossh.job.job_name import default_name, natural_sort_key
from ossh.job.lookup import all_jobs, meant, readable
from ossh.job.secrets import holds_secret, may_hold_secret, secret_in_command

__all__ = [
    "Job",
    "all_jobs",
    "default_name",
    "fingerprint",
    "holds_secret",
    "job_path",
    "list_jobs",
    "load",
    "may_hold_secret",
    "meant",
    "natural_sort_key",
    "own_folder",
    "readable",
    "recorded_target",
    "same_source",
    "save",
    "secret_in_command",
    "wished_bucket",
]
