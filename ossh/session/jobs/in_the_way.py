"""What is in the way of the one object of a job that has run."""

from contextlib import closing

from ossh.model import Cause
from ossh.paths import path_in
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import LocalState, Policy
from ossh.transfer.disk.tree import Tree
from ossh.transfer.planning.other_jobs import OtherJobs
from ossh.transfer.run import Run


def replaceable(run: Run) -> str:
    """Return the path of what is in the way of a job's one object and may be replaced.

    It is "" where there is no such thing.
    """
    job, summary = run.job, run.summary
    if not job.is_key or summary is None or summary.ended != "failed":
        return ""
    with closing(Tree(str(job.directory))) as tree:
        local_files = LocalFiles(tree, Policy(replace=True), claims_of=OtherJobs(job).claims)
        for entry in run.failures():
            is_conflict = entry.failure and entry.failure.cause is Cause.LOCAL_CONFLICT
            if is_conflict and local_files.compare(entry).state is LocalState.TRASHED:
                return path_in(tree.target, entry.path)
    return ""
