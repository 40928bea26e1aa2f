"""A job: what to fetch and where to, as a TOML file without secrets.

Written by `save` and `get`, readable, editable between runs, shareable. How far the job got is in
the manifest beside it. `ossh.job.fields` defines the format, `docs/job-file.md` describes it.
"""

from ossh.job.files import default_name as default_name
from ossh.job.files import job_path as job_path
from ossh.job.files import list_jobs as list_jobs
from ossh.job.files import load as load
from ossh.job.files import natural_sort_key as natural_sort_key
from ossh.job.files import own_folder as own_folder
from ossh.job.files import save as save
from ossh.job.job import Job as Job
from ossh.job.job import fingerprint as fingerprint
from ossh.job.job import recorded_target as recorded_target
from ossh.job.job import same_source as same_source
from ossh.job.job import wished_bucket as wished_bucket
from ossh.job.lookup import all_jobs as all_jobs
from ossh.job.lookup import meant as meant
from ossh.job.lookup import readable as readable
from ossh.job.secrets import holds_secret as holds_secret
from ossh.job.secrets import may_hold_secret as may_hold_secret
from ossh.job.secrets import secret_in_command as secret_in_command
