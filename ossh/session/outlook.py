"""What a download needs besides its objects: space, time, and what its traffic costs."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import inf, log
from pathlib import Path
from typing import TYPE_CHECKING

from ossh.errors import OsshError
from ossh.job import Job, load
from ossh.model import value
from ossh.session.place import Place
from ossh.session.state import Session
from ossh.session.throughput import throughput
from ossh.store.endpoints import Road, road_of, split_endpoint

if TYPE_CHECKING:
    from ossh.manifest import ManifestReader, RunRecord

RECENT_JOBS = 20  # whose runs count, the latest first
RECENT_RUNS = 5  # of each
MIN_SECONDS = 1.0  # a shorter run says more about its start than about the line


@value
class Outlook:
    """What a download will meet."""

    source: str  # for people
    target: str  # absolute
    free: int  # bytes
    bytes_per_second: float  # as in earlier runs; 0.0 if none shows it
    road: Road
    region: str  # "" when it is not known


def outlook(session: Session, job: Job, mean_size: float) -> Outlook:
    """Return what a download will meet.

    Args:
        session: Whose earlier runs tell of the line.
        job: What is to be downloaded; need not be saved.
        mean_size: Bytes of its objects, on average: small ones come more slowly.
    """
    from ossh.transfer.preflight import free_space  # noqa: PLC0415 - only needed here

    speed = _fitting_rate(_earlier_runs(session.job_files(), job), mean_size)
    limit = session.runs.most(job.transfer)
    return Outlook(
        source=Place(job.source.bucket, job.source.prefix).shown,
        target=str(job.directory),
        free=free_space(job.directory),
        bytes_per_second=min(speed, limit or inf),
        road=road_of(job.source.endpoint),
        region=job.source.region,
    )


def _earlier_runs(paths: Sequence[Path], job: Job) -> Iterator[tuple[float, float]]:
    """Yield mean size and bytes per second of earlier runs over the same road, latest jobs first.

    Jobs that cannot be read are skipped.
    """
    from ossh.manifest import ManifestReader  # noqa: PLC0415 - brings SQLite

    manifests = [one.with_suffix(".sqlite") for one in paths]
    there = [(one.stat().st_mtime, one) for one in manifests if one.exists()]
    host = split_endpoint(job.source.endpoint).host
    for _, manifest in sorted(there, reverse=True)[:RECENT_JOBS]:
        with suppress(OsshError):
            source = load(manifest.with_suffix(".toml")).source
            if split_endpoint(source.endpoint).host != host:
                continue
            reader = ManifestReader(manifest)
            for run in reversed(reader.runs()[-RECENT_RUNS:]):
                seconds = _busy_seconds(run, reader)
                if seconds >= MIN_SECONDS and run.fetched and run.bytes_received:
                    yield run.bytes_received / run.fetched, run.bytes_received / seconds


def _busy_seconds(run: "RunRecord", reader: "ManifestReader") -> float:
    """Return how long a run took, without what it waited: for objects to thaw, for the network."""
    if run.ended is None:
        return 0.0
    pace = throughput(run.row, reader.throughput(run.row))
    return (run.ended - run.started).total_seconds() - (pace.idle if pace else 0.0)


def _fitting_rate(runs: Iterator[tuple[float, float]], mean_size: float) -> float:
    """Return the bytes per second of the run whose objects were most alike in size; 0.0 for none.

    Of runs that are equally alike, the latest counts.
    """
    wanted = log(max(1.0, mean_size))
    fitting = min(runs, key=lambda run: abs(log(max(1.0, run[0])) - wanted), default=(0.0, 0.0))
    return fitting[1]
