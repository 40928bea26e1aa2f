"""What a download needs besides its objects: space, time, and what its traffic costs."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import inf, log
from pathlib import Path

from ossh.errors import OsshError
from ossh.job import Job, load
from ossh.manifest import ManifestReader
from ossh.model import value
from ossh.session.browsing.place import Place
from ossh.session.session import Session
from ossh.session.speed import throughput
from ossh.store.endpoint_kinds import Road, road_of
from ossh.store.endpoints import split_endpoint
from ossh.transfer.machine import free_space

RECENT_JOBS = 20  # whose runs count, the latest first
RECENT_RUNS = 5  # of each
MIN_SECONDS = 1.0  # a shorter run says more about its start than about the line


@value
class Forecast:
    source: str  # for people
    target: str  # absolute
    free: int  # bytes
    bytes_per_second: float  # as in earlier runs; 0.0 if none shows it
    road: Road
    region: str  # "" when it is not known


def forecast(session: Session, job: Job, mean_size: float) -> Forecast:
    """Return what the download of a job, saved or not, will meet, as earlier runs tell.

    `mean_size` is in bytes: small objects come more slowly.
    """
    runs, here = _earlier_runs(session.job_files(), job), log(max(1.0, mean_size))
    # The one whose objects were most alike in size, of those equally alike the latest.
    _, speed = min(runs, key=lambda run: abs(log(max(1.0, run[0])) - here), default=(0.0, 0.0))
    limit = session.runs.rate_limit(job.transfer)
    return Forecast(
        source=Place.of(job.source).shown,
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
                pace = throughput(run.row, reader.throughput(run.row))
                # Without what it waited: for objects to thaw, for the network.
                seconds = (run.seconds or 0.0) - (pace.idle if pace else 0.0)
                if seconds >= MIN_SECONDS and run.fetched and run.bytes_received:
                    yield run.bytes_received / run.fetched, run.bytes_received / seconds
