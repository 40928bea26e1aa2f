"""Jobs that other processes run, which this one can neither steer nor wait for."""

from ossh.errors import UsageError
from ossh.language import _
from ossh.printable import printable
from ossh.session.session import Session


def not_running_here(session: Session, name: str) -> UsageError:
    """Return why there is no run of a job here, or of any for "": which process runs it, if any.

    Raises:
        UsageError: There is no such job.
        LocalError: Nobody can tell who runs it.
    """
    from ossh.manifest import holder  # noqa: PLC0415 - brings SQLite

    files = (session.job_path(name),) if name else session.job_files()
    text = _("job '{name}' is being run by {who}")
    running = [
        text.format(name=printable(file.stem), who=who) for file in files if (who := holder(file))
    ]
    if running:
        return UsageError(
            _("; ").join(running), hint=_("stop it there with Ctrl-C; 'resume' continues it")
        )
    text = _("job '{name}' is not running") if name else _("no job is running")
    return UsageError(
        text.format(name=printable(name)), hint=_("'jobs' lists the jobs, 'resume' continues one")
    )
