"""What a report says about a job: gathered from its file and manifest, and never a secret."""

from datetime import datetime
from itertools import islice

from ossh.job import Job
from ossh.manifest import RunRecord
from ossh.model import Entry, value
from ossh.session.jobs.job_facts import (
    CauseReport,
    JobState,
    causes,
    present_state,
    reader_of,
    run_records,
)
from ossh.session.session import Session
from ossh.session.speed import Throughput, last_throughput

FAILURES = 200  # named; all are counted, and 'failures' names them all
LARGEST = 10


@value
class Report:
    """A job at one moment."""

    job: Job
    made: datetime  # aware
    state: JobState
    mapped: int  # objects whose local name is not simply their key
    causes: tuple[CauseReport, ...]  # the commonest first
    failures: tuple[Entry, ...]  # the first of them
    largest: tuple[Entry, ...]
    slowest: tuple[tuple[str, float, int], ...]  # key, seconds, bytes; of the run below
    runs: tuple[RunRecord, ...]  # the oldest first
    speed: Throughput | None  # of the last run that received anything

    @property
    def seconds(self) -> float:
        """Return how long all runs took that have ended."""
        return sum(one.seconds or 0.0 for one in self.runs)

    @property
    def received(self) -> int:
        return sum(one.bytes_received for one in self.runs)


def gather(session: Session, job: Job) -> Report:
    """Return what can be said about a job; it may be running.

    Raises:
        UsageError: It has never run.
        ManifestError, LocalError: Its manifest cannot be read.
    """
    reader = reader_of(job)
    speed = last_throughput(reader)
    return Report(
        job=job,
        made=session.now(),
        state=present_state(session, job),
        mapped=reader.mapped(),
        causes=tuple(causes(job)),
        failures=tuple(islice(reader.not_at_target(), FAILURES)),
        largest=tuple(reader.largest(LARGEST)),
        slowest=reader.slowest(speed.run) if speed is not None else (),
        runs=run_records(job),
        speed=speed,
    )
