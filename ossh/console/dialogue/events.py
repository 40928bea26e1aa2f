"""Tells programs of a run as it goes, a JSON object a line; see docs/recipes.md."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ossh.console.console import Console
from ossh.console.views.failures import entry_record
from ossh.errors import STATUS_INTERRUPTED, STATUS_SIGNALLED, STATUS_STOPPED, OsshError
from ossh.model import Entry
from ossh.paths import path_in
from ossh.session.done_command import facts_of

if TYPE_CHECKING:
    from ossh.transfer.run import Run


@contextmanager
def telling(console: Console, *, is_wanted: bool) -> Iterator["Events | None"]:
    """Give what tells of a command's run, if that is wanted; however it ends, that is told last."""
    if not is_wanted:
        yield None
        return
    events = Events(console)
    try:
        yield events
    except OsshError as error:
        events.sum_up(error.status, str(error), error.hint or "")
        raise
    except KeyboardInterrupt:
        events.sum_up(STATUS_INTERRUPTED)
        raise
    except SystemExit as ended:
        with suppress(OSError):  # whoever reads may be gone
            events.sum_up(int(ended.code or 0))
        raise
    events.sum_up(console.status)


class Events:
    """What a command tells of a run; nothing else of it goes to stdout."""

    def __init__(self, console: Console) -> None:
        self._host = console
        self._run: Run | None = None
        self._is_planned = False  # and told
        self._arrivals: deque[Entry] = deque()

    def follow(self, run: "Run") -> None:
        """Tell of a run that has not begun yet."""
        self._run, run.arrivals = run, self._arrivals
        self._host.status = STATUS_STOPPED  # in case whoever reads has left

    @property
    def are_due(self) -> bool:
        is_planned = self._run is not None and self._run.progress.is_planned
        return bool(self._arrivals) or is_planned > self._is_planned

    def tell(self) -> None:
        if (run := self._run) is None:
            return
        lines: list[dict[str, Any]] = []
        progress, folder = run.progress, str(run.job.directory)
        while self._arrivals:
            entry = self._arrivals.popleft()
            file = path_in(folder, entry.path)
            facts: dict[str, Any] = {"key": entry.key, "path": entry.path}
            lines.append({"event": "done"} | facts | {"file": file, "size": entry.size})
        if progress.is_planned and not self._is_planned:
            self._is_planned = True
            job: dict[str, Any] = {"job": run.job.name, "target": folder}
            totals = {"objects": progress.planned, "bytes": progress.planned_bytes}
            lines.append({"event": "planned"} | job | totals)
        self._host.say_json(lines)

    def end(self, run: "Run") -> None:
        """Tell what is not at the target of a run that has ended; its status is the command's."""
        self.tell()
        self._run = run
        if run.summary is not None and run.summary.counts.missing:
            for entry in run.failures():
                record = {"event": "failed"} | entry_record(entry) | {"size": entry.size}
                self._host.say_json([record])
        if run.summary is not None:
            self._host.show_error(run.summary.error, run.summary.hint)
        self._host.status = run.status

    def sum_up(self, status: int, why: str = "", hint: str = "") -> None:
        """Tell how the command ends, and why if that is not the run's own error."""
        run = self._run
        summary = None if run is None else run.summary
        ended = "stopped" if status > STATUS_SIGNALLED else "error"
        if summary is not None:
            ended = summary.ended
            why, hint = why or summary.error, hint or summary.hint
        facts = {} if run is None else facts_of(run)
        how = {"status": status, "ended": ended, "error": why, "hint": self._host.phrased(hint)}
        self._host.say_json([{"event": "summary"} | facts | how])
