"""A job that follows its bucket: again and again, what is new there is fetched.

```
run ─▶ pause ─▶ refresh ─▶ run, if there is anything to do ─▶ pause ─▶ refresh …
```
It is a run itself, made of others, so that it is watched, paused, sent to the background and
stopped as any run. Each refresh lists the whole bucket anew and compares it with the rows, so
nothing is missed, whenever it came and wherever its key sorts. Between two rounds nothing is kept
but the manifest: what is killed goes on when the job is run again.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ossh import regular_files
from ossh.errors import JobFileError, ManifestError, OsshError, UsageError
from ossh.job import Job
from ossh.language import Words, _
from ossh.manifest import ManifestReader
from ossh.model import Cause, Status
from ossh.session.done_command import DoneCommand
from ossh.store.credentials import Provider
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.run import Run, Steps
from ossh.transfer.scheduling.retry_policy import PERMANENT
from ossh.transfer.watching import Phase, Progress, Round, Summary
from ossh.units import told_clock

LOOK_SECONDS = 0.1  # between two looks at what the prompt asks for
TROUBLE_SECONDS = 60.0  # at most, until a round that failed is tried again
_FATAL = (UsageError, JobFileError, ManifestError)  # no wait makes these better


class Following(Run):
    """Runs that follow each other.

    An error that the next round may not meet is told once and waited out; before the first round
    that went well, it ends the run as it would end any other.

    The command is run after each round that fetched or took away something, or that ended otherwise
    than the one before.

    Raises:
        UsageError: What the job fetches is always the same.
        ManifestError: Its manifest cannot be used.
    """

    is_endless = True

    def __init__(
        self,
        job: Job,
        provider: Provider,
        # of the job: with `preflight` and `changes` it looks only; `is_resumed`: OSS was there
        new_run: Callable[..., Run],
        every: float,  # seconds from the end of a round to the next one
        done: DoneCommand | None = None,
    ) -> None:
        if job.is_of_versions or job.inventory:
            raise UsageError(
                _("the job '{name}' cannot be followed").format(name=job.name),
                hint=_("a snapshot cannot change, so there is nothing to follow"),
            )
        super().__init__(job, provider)
        self._new_run = new_run
        self._every = every
        self._done = done
        self._run_now: Run | None = None
        reader = ManifestReader(job.manifest_path) if job.manifest_path.exists() else None
        self._is_listed = reader is not None and reader.is_listing_finished()
        runs = () if reader is None else reader.runs()
        self._works = any(one.outcome in {"done", "failed"} for one in runs)  # at least one has
        self._trouble: OsshError | None = None  # of the last rounds, which is told
        self._told: int | None = None  # the status that the command was last told
        self._total: Summary | None = None

    def stop(self) -> None:
        super().stop()
        if self._run_now is not None:
            self._run_now.stop()
        if self._done is not None:
            self._done.end()

    def _stepwise(self) -> Steps:
        while True:
            yield from self._round()
            if self.is_stopping or not self._works:
                break
            yield from self._pause()
            if self.is_stopping:
                break
        self.summary = self._concluded_total()
        self.progress = replace(self.progress, phase=Phase.ENDED)

    def _round(self) -> Steps:
        try:
            self._check_kept()
            run, is_needed = (None, True) if not self._is_listed else (yield from self._looked())
            if run is None or is_needed:
                run = yield from self._performed(self._new_run(is_resumed=self._works))
        except _FATAL:
            raise
        except OsshError as error:
            if not self._works:
                raise
            self._report_trouble(error)
            return
        self._is_listed = True
        self._conclude(run)

    def _check_kept(self) -> None:
        """Refuse to go on with a job that was removed between two rounds, when nobody has its lock.

        Raises:
            UsageError: It has no file any more, so what is recorded of it would never be found.
        """
        if self._total is not None and not regular_files.is_there(self.job.path):
            raise UsageError(
                _("there is no job file '{path}'").format(path=self.job.path),
                hint=_("'jobs' lists them"),
            )

    def _looked(self) -> Generator[Progress, None, tuple[Run, bool]]:
        """List the bucket again; return the run that did, and whether another one must follow."""
        sheet, changes = Preflight(looks_around=False), Changes()
        run = self._new_run(preflight=sheet, changes=changes, is_resumed=self._works)
        run = yield from self._performed(run)
        summary = run.summary
        if summary is None or summary.ended != "done":
            return run, False
        is_first = self._total is None or self._trouble is not None
        return run, is_first or bool(changes.objects) or _is_anything_left(summary, sheet)

    def _performed(self, run: Run) -> Generator[Progress, None, Run]:
        """Do what a run does, and return it."""
        self._run_now, before = run, self.progress.bytes_received
        if self.is_stopping:
            run.stop()
        run.controls = self.controls
        try:
            with run:
                for progress in run:
                    run.controls = self.controls
                    self.progress = self._shown(progress, before)
                    yield self.progress
        except OsshError as error:
            run.error = error
            raise
        return run

    def _shown(self, progress: Progress, before: int) -> Progress:
        """Return how far one of the runs is; before it has anything to show, how far the last was.

        What all of them received goes up only, as for any other run.
        """
        if self.progress.planned and not (progress.planned or progress.is_planned):
            return replace(self.progress, phase=progress.phase, note=progress.note)
        return replace(progress, bytes_received=before + progress.bytes_received)

    def _conclude(self, run: Run) -> None:
        """Report how a round ended, and remember it as the last one."""
        summary = run.summary
        if summary is None:
            return
        is_look = run.preflight is not None
        if summary.ended == "error" and self._works:
            self._report_trouble(OsshError(summary.error, hint=summary.hint, status=summary.status))
            return
        if not is_look or self._total is None:  # a look that was stopped changed nothing
            self._total, self._trouble = _sum(self._total, summary), None
        if summary.ended in {"error", "stopped"}:
            return
        self._works, self._trouble = True, None
        fetched = (0, 0) if is_look else (summary.fetched, summary.bytes_received)
        problem = "" if is_look else self._run_command(run)
        missing, removed = summary.counts.missing, 0 if is_look else summary.removed.files
        self.rounds.append(Round(datetime.now(UTC), *fetched, missing, removed, problem=problem))

    def _report_trouble(self, error: OsshError) -> None:
        """Say once that rounds fail, and why."""
        if self.is_stopping:
            return
        before, self._trouble = self._trouble, error
        if before is not None:
            return
        problem = "" if self._run_now is None else self._run_command(self._run_now)
        why, hint = str(error), error.hint or ""
        self.rounds.append(Round(datetime.now(UTC), trouble=why, hint=hint, problem=problem))

    def _concluded_total(self) -> Summary | None:
        """Return what all rounds did; if the last ones failed, that is how it ended.

        Raises:
            OsshError: All of them failed.
        """
        if (error := self._trouble) is None:
            return self._total
        if self._total is None:
            raise error
        return replace(self._total, ended="error", error=str(error), hint=error.hint or "")

    def _run_command(self, run: Run) -> str:
        """Run the user's program if there is news for it; return what went wrong."""
        summary = run.summary
        is_news = summary is not None and bool(summary.fetched or summary.removed.files)
        is_news |= run.status != self._told
        if self._done is None or not is_news:
            return ""
        self._told = run.status
        note = Words("running '{program}'", program=self._done.program)
        self.progress = replace(self.progress, phase=Phase.IDLE, note=note, slowest=())
        return self._done.run(run)

    def _pause(self) -> Steps:
        """Wait until the next round is due, and as long as it is paused."""
        seconds = self._every if self._trouble is None else min(self._every, TROUBLE_SECONDS)
        due, at = time.monotonic() + seconds, datetime.now(UTC) + timedelta(seconds=seconds)
        note = Words("next check at {time}", time=told_clock(at))
        self.progress = replace(
            self.progress,
            phase=Phase.IDLE,
            note=note,
            connections=0,
            slowest=(),
            needs_person=False,
        )
        while not self.is_stopping and (time.monotonic() < due or self.controls.paused):
            yield self.progress
            left = due - time.monotonic()  # none once it is paused beyond that
            time.sleep(min(LOOK_SECONDS, left) if left > 0 else LOOK_SECONDS)


def _is_anything_left(summary: Summary, sheet: Preflight) -> bool:
    """Return whether a job that was listed again, without any change, has something to fetch.

    That is what failed and may not fail again, what may have thawed, and files that were removed or
    are in the way no more.
    """
    if summary.counts.objects[Status.PENDING]:
        return True
    failed = {Cause(name): objects for name, objects, _advice in summary.by_cause}
    on_disk = {Cause.GONE, Cause.LOCAL_CONFLICT}  # the sheet has looked
    if not failed.keys() <= PERMANENT | on_disk:
        return True
    refused = sum(objects for cause, objects in failed.items() if cause not in on_disk)
    return sheet.objects_to_fetch > refused


def _sum(total: Summary | None, last: Summary) -> Summary:
    """Return how the last run left the job, and what all runs did."""
    if total is None:
        return last
    return replace(
        last,
        fetched=total.fetched + last.fetched,
        verified=total.verified + last.verified,
        bytes_received=total.bytes_received + last.bytes_received,
        seconds=total.seconds + last.seconds,
        removed=total.removed.joined(last.removed),
        replaced=total.replaced + last.replaced,
        followed=total.followed + last.followed,
    )
