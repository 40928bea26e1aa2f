"""What a report says about a job: gathered from its file and manifest, and never a secret."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from ossh.job import Job
from ossh.model import Counts, Entry, Proof
from ossh.session.ledger import CauseReport, JobState, causes, present_state, reader_of, runs_of
from ossh.session.state import Session
from ossh.session.throughput import Throughput, throughput

if TYPE_CHECKING:
    from ossh.manifest import RunRecord

FAILURES = 200  # named; all are counted, and 'failures' names them all
LARGEST = 10


@dataclass(frozen=True, slots=True)
class Report:
    """A job at one moment."""

    job: Job
    made: datetime  # aware
    state: JobState
    counts: Counts
    proofs: dict[Proof, int]
    mapped: int  # objects whose local name is not simply their key
    causes: tuple[CauseReport, ...]  # the commonest first
    failures: tuple[Entry, ...]  # the first of them
    largest: tuple[Entry, ...]
    slowest: tuple[tuple[str, float, int], ...]  # key, seconds, bytes; of the run below
    runs: tuple["RunRecord", ...]  # the oldest first
    speed: Throughput | None  # of the last run that received anything

    @property
    def seconds(self) -> float:
        """Return how long all runs took that have ended."""
        return sum((one.ended - one.started).total_seconds() for one in self.runs if one.ended)

    @property
    def received(self) -> int:
        """Return the bytes that all runs received."""
        return sum(one.bytes_received for one in self.runs)


def gather(session: Session, job: Job) -> Report:
    """Return what can be said about a job; it may be running.

    Raises:
        UsageError: It has never run.
        ManifestError, LocalError: Its manifest cannot be read.
    """
    reader = reader_of(job)
    runs = runs_of(job)
    speed: Throughput | None = None
    slowest: tuple[tuple[str, float, int], ...] = ()
    for run in reversed(runs):
        speed = throughput(run.row, reader.throughput(run.row))
        if speed is not None:
            slowest = reader.slowest(run.row)
            break
    return Report(
        job=job,
        made=session.now(),
        state=present_state(session, job),
        counts=reader.counts(),
        proofs=reader.proofs(),
        mapped=reader.mapped(),
        causes=tuple(causes(job)),
        failures=tuple(islice(reader.not_at_target(), FAILURES)),
        largest=tuple(reader.largest(LARGEST)),
        slowest=slowest,
        runs=runs,
        speed=speed,
    )
