"""What `get --json` tells of a run: a JSON object a line, for programs; see docs/recipes.md."""

from collections import deque
from typing import TYPE_CHECKING, Any

from ossh.console.console import Console
from ossh.console.views.failures import entry_record
from ossh.console.views.records import json_line
from ossh.errors import STATUS_STOPPED, OsshError
from ossh.model import Entry
from ossh.paths import path_in
from ossh.session.done_command import facts_of

if TYPE_CHECKING:
    from ossh.transfer.run import Run


class Events:
    """Tells of a run that has not begun yet; nothing else of it goes to stdout."""

    def __init__(self, console: Console, run: "Run") -> None:
        self._host, self._run = console, run
        self._is_planned = False  # and told
        self._arrivals: deque[Entry] = deque()
        run.arrivals = self._arrivals
        console.status = STATUS_STOPPED  # in case whoever reads has left

    @property
    def are_due(self) -> bool:
        """Return whether something is to be told."""
        return bool(self._arrivals) or self._run.progress.is_planned > self._is_planned

    def tell(self) -> None:
        """Tell what has happened since the last time."""
        lines: list[dict[str, Any]] = []
        progress, folder = self._run.progress, str(self._run.job.directory)
        while self._arrivals:
            entry = self._arrivals.popleft()
            file = path_in(folder, entry.path)
            facts: dict[str, Any] = {"key": entry.key, "path": entry.path}
            lines.append({"event": "done"} | facts | {"file": file, "size": entry.size})
        if progress.is_planned and not self._is_planned:
            self._is_planned = True
            job: dict[str, Any] = {"job": self._run.job.name, "target": folder}
            totals = {"objects": progress.planned, "bytes": progress.planned_bytes}
            lines.append({"event": "planned"} | job | totals)
        self._host.say(json_line(one, ascii_only=self._host.ascii_only) for one in lines)

    def end(self) -> None:
        """Tell what is missing, if the run came to its end, and how it ended."""
        self.tell()
        console, run = self._host, self._run
        summary, error = run.summary, run.error
        if summary is not None and summary.ended == "failed":
            for entry in run.failures():
                console.say_json({"event": "failed"} | entry_record(entry) | {"size": entry.size})
        why, hint = ("", "") if summary is None else (summary.error, summary.hint)
        console.show_error(why, hint)
        if error is not None:
            why, hint = str(error), (error.hint or "") if isinstance(error, OsshError) else ""
        console.say_json({"event": "summary"} | facts_of(run) | {"error": why, "hint": hint})
        console.status = run.status
