"""The program that is run when a job is done: the user's own, started without a shell.

It comes from the command line or a setting, never from a job file, which may be somebody else's.
What happened is told by variables, which `docs/keep-true.md` lists, so nothing of a bucket becomes
part of the command.
"""

import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryFile
from threading import Event
from typing import IO, TYPE_CHECKING

from ossh import programs
from ossh.errors import UsageError, reason
from ossh.language import _
from ossh.printable import printable
from ossh.store.interruptible import BackgroundCall
from ossh.units import utc_time

if TYPE_CHECKING:  # brings libcurl and SQLite
    from ossh.transfer.run import Run

END_SECONDS = 2.0  # for a program that is told to end, before it is killed
_TAIL = 4096  # bytes of what a program wrote, of which the last line is told if it fails
_LONGEST = 200  # characters of that line


class DoneCommand:
    """A command, as the user wrote it: a program and its arguments, in quotes where need be.

    Raises:
        UsageError: It cannot be split into words, or one of them is for a shell.
    """

    def __init__(self, command: str, environ: Mapping[str, str]) -> None:
        self._words = programs.words(command)
        if not self._words:
            raise UsageError(
                _("the command to run at the end of a job cannot be parsed"),
                hint=_("check its quotes; it is started without a shell"),
            )
        if word := programs.word_for_shell(command):
            hint = _("write it as {line}, or put it in quotes if it is meant literally")
            line = 'cmd /c "…"' if sys.platform == "win32" else "sh -c '…'"
            raise UsageError(
                _("'{word}' needs a shell, but this command is started without one").format(
                    word=printable(word)
                ),
                hint=hint.format(line=line),
            )
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def program(self) -> str:
        return self._words[0]

    def run(self, run: "Run", output: int | None = None) -> str:
        """Run the program, and return in a line what went wrong, "" for nothing.

        It is not run after what the user stopped, or what never began. It writes to the file
        descriptor `output`; None keeps what it writes, of which the last line is told if it fails.
        """
        if not is_due(run):
            return ""
        if output is not None:
            return self._run(run, output)
        try:
            file = TemporaryFile()  # noqa: SIM115 - closed below
        except OSError:  # what it writes is the least of it
            return self._run(run, subprocess.DEVNULL)
        with file:
            problem = self._run(run, file)
            said = _last_line(file) if problem else ""
        return _("{problem}: {reason}").format(problem=problem, reason=said) if said else problem

    def end(self) -> None:
        """End the program if it runs; may be called in any thread."""
        if (process := self._process) is not None:
            programs.end(process)

    def _run(self, run: "Run", output: int | IO[bytes]) -> str:
        is_begun = Event()

        def begin() -> "subprocess.Popen[bytes]":
            told = facts_of(run).items()
            facts = {f"OSSH_{name.upper()}": "" if one is None else str(one) for name, one in told}
            environ = {**self._environ, **facts}
            try:
                self._process = programs.start(self._words, environ, output, output)
            finally:
                is_begun.set()
            return self._process

        try:  # in threads, so that Ctrl-C never comes between its start and our knowing of it
            started = BackgroundCall(begin).result()
            return self._problem(BackgroundCall(started.wait).result())
        except (OSError, ValueError) as error:
            why = reason(error) if isinstance(error, OSError) else _("that is not a program name")
            text = _("cannot run '{program}': {reason}")
            return text.format(program=printable(self.program), reason=why)
        except BaseException:
            if is_begun.wait(END_SECONDS) and self._process is not None:
                _end(self._process)
            raise
        finally:
            self._process = None

    def _problem(self, code: int) -> str:
        text = ""
        if code > 0:
            text = _("'{program}' failed with exit status {code}")
        elif code < 0:
            text = _("'{program}' was ended by signal {code}")
        return text.format(program=printable(self.program), code=abs(code))


def is_due(run: "Run") -> bool:
    """Return whether a run ended by itself, be it with an error."""
    return run.error is not None or (run.summary is not None and run.summary.ended != "stopped")


def facts_of(run: "Run") -> dict[str, str | float | None]:
    """Return what programs are told of a run that has ended; counts are None if it never began."""
    job, summary = run.job, run.summary
    return {
        "job": job.name,
        "job_file": str(job.path),
        "target": str(job.directory),
        "status": run.status,
        "ended": "error" if summary is None else summary.ended,
        "objects": None if summary is None else summary.counts.total,
        "done": None if summary is None else summary.counts.at_target,
        "failed": None if summary is None else summary.counts.missing,
        "fetched": None if summary is None else summary.fetched,
        "bytes": None if summary is None else summary.bytes_received,
        "seconds": None if summary is None else round(summary.seconds, 1),
        "listed": None if run.listed is None else utc_time(run.listed),
        "failed_list": None if summary is None else summary.failed_csv,
    }


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program, and what it started."""
    programs.end(process)
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    programs.end(process, kills=True)  # also what it started, and did not wait for
    process.wait()


def _last_line(file: IO[bytes]) -> str:
    file.seek(max(0, file.seek(0, 2) - _TAIL))
    lines = file.read().decode("utf-8", "replace").split("\n")
    last = next((one for one in map(str.strip, reversed(lines)) if one), "")
    return printable(last[:_LONGEST])
