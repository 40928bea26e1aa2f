"""The download workloads: small, medium, large and mixed objects, far away, with TLS."""

import math
import random
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark import contenders
from benchmark.checks import check_manifest, check_tree
from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.meanwhile import drained, once_passed
from benchmark.measure import Sample
from benchmark.peers import CURL, FEW, PEERS
from benchmark.racing import Metric, Outcome, Trial, once, per_object, play, race
from benchmark.server import Server, serving
from benchmark.setting import Setting
from ossh.transfer.scheduling.concurrency import STREAMS

KIB, MIB, MB = 1 << 10, 1 << 20, 1_000_000
MEDIAN, SIGMA = 256 * KIB, 2.0  # of the mixed sizes: a few large objects hold most of the bytes


@dataclass(frozen=True, slots=True)
class Download:
    """A bucket that every contender downloads whole."""

    name: str
    count: int
    size: int  # bytes of each
    delay_ms: int = 0  # added to each request
    rate: int = 0  # the most bytes a second on a connection; 0 for any number
    then: int | None = None  # the same once half of all has passed, where that changes it
    with_tls: bool = False
    is_mixed: bool = False  # log-normal sizes from 1 KiB up to `size`, always the same ones
    is_drained: bool = False  # all have the same body, and files forget what is written to them

    def __call__(self, setting: Setting) -> Outcome:
        work = self.scaled(setting)
        with work.serving(setting) as server:
            line = _line(setting, server, work) if self.rate and self.then is None else 0.0
            tools = [one.candidates(server.bucket) for one in PEERS if one.tool in setting.tools]
            sample = partial(downloaded, server, work)
            runs, notes = race(setting, self.name, [[contenders.ossh()], *tools], sample)
        outcome = _outcome(work.title, server.bucket, runs)
        outcome.notes, outcome.is_race = notes, True
        if line:
            outcome.arithmetic = min(line, STREAMS * self.rate / 1e6)
            notes.append(
                f"The line: {line:,.0f} MB/s, the faster of ossh and curl without a limit."
            )
        return outcome

    def serving(self, setting: Setting) -> AbstractContextManager[Server]:
        sizes = log_normal(self.count, self.size) if self.is_mixed else ()
        bucket = Bucket(self.name, self.count, self.size, is_shared=self.is_drained, sizes=sizes)
        return serving(setting, bucket, delay_ms=self.delay_ms, with_tls=self.with_tls)

    def scaled(self, setting: Setting) -> "Download":
        """Return it with fewer objects or, where there are few, with smaller ones."""
        if self.count > FEW:
            return replace(self, count=setting.scaled(self.count))
        return replace(self, size=max(MIB, setting.scaled(self.size // MIB) * MIB))

    @property
    def title(self) -> str:
        size = f"{self.size // MIB} MiB" if self.size >= MIB else f"{self.size // KIB} KiB"
        least = "1 KiB to " if self.is_mixed else ""
        delay = f", {self.delay_ms} ms added to each request" if self.delay_ms else ""
        limit = max(self.rate, self.then or 0)
        rate = f", {limit / 1e6:g} MB/s a connection" if limit else ""
        if self.then is not None:
            rate += " from half of it on" if self.then else " until half of it"
        sink = ", to files that forget" if self.is_drained else ""
        tls = ", TLS" if self.with_tls else ""
        return f"{self.count:,} x {least}{size}{delay}{rate}{sink}{tls}"


def _line(setting: Setting, server: Server, work: Download) -> float:
    """Return the MB/s, once begun, that the faster of ossh and curl reaches without a limit."""
    tried = [contenders.ossh()]
    if CURL.tool in setting.tools:
        tried += CURL.candidates(server.bucket)[:1]  # all objects at a time
    sample = partial(downloaded, server, replace(work, rate=0))
    trials = [Trial(one.name, partial(sample, one)) for one in tried]
    samples = [once(f"{work.name}, without a limit", one, setting.root) for one in trials]
    return max(server.bucket.total / 1e6 / one.seconds_once_begun for one in samples)


def log_normal(count: int, largest: int) -> tuple[int, ...]:
    """Return sizes in bytes, from 1 KiB to the largest; the same for the same arguments."""
    chance = random.Random(count)  # noqa: S311 - sizes
    drawn = (round(chance.lognormvariate(math.log(MEDIAN), SIGMA)) for _ in range(count))
    return tuple(min(max(KIB, size), largest) for size in drawn)


def _outcome(title: str, bucket: Bucket, runs: dict[str, list[Sample]]) -> Outcome:
    """Return what counts: bytes where objects are large, else objects."""
    if not bucket.is_large:
        metric = Metric("obj/s", lambda sample: bucket.count / sample.seconds)
        return Outcome(title, metric, per_object(bucket.count), runs)
    size = bucket.total
    metric = Metric("MB/s", lambda sample: size / 1e6 / sample.seconds)
    cost = Metric("CPU s/GB", lambda sample: sample.cpu_seconds * 1e9 / size)
    begun = Metric("MB/s once begun", lambda sample: size / 1e6 / sample.seconds_once_begun)
    return Outcome(title, metric, cost, runs, begun=begun)


def downloaded(
    server: Server, work: Download, contender: Contender, scratch: Path, seconds: float
) -> Sample:
    """Run a contender that downloads all, and check every file."""
    place = Place(server, scratch)
    bucket = server.bucket
    server.pace(work.rate)
    with ExitStack() as stack:
        if work.is_drained:
            stack.enter_context(drained(place.target))
        if work.then is not None:
            change = partial(server.pace, work.then, is_running=True)
            stack.enter_context(once_passed(bucket.total // 2, change))
        sample = contender.run(place, seconds)
    if bucket.is_large and (asked := server.first_body(sample.began)):
        sample = replace(sample, asked_seconds=asked - sample.began)
    check_tree(bucket, place.target, with_mtime=contender.is_ossh)
    if contender.is_ossh:
        check_manifest(bucket, place.manifest)
    return sample


def durable(setting: Setting) -> Outcome:
    """Compare a download to a disk with one that waits for the disk, 10,000 small objects."""
    work = Download("durable", 10_000, 4 * KIB).scaled(setting)
    pair = (contenders.ossh(), contenders.ossh("ossh --durable", "--durable"))
    with (
        TemporaryDirectory(prefix="ossh-bench-", dir="/var/tmp") as disk,
        work.serving(setting) as server,
    ):
        trials = [Trial(one.name, partial(downloaded, server, work, one)) for one in pair]
        runs = play(work.name, trials, setting.runs, Path(disk))
    return _outcome(f"{work.title}, to a disk", server.bucket, runs)


DOWNLOADS = (
    Download("small", 10_000, 4 * KIB),
    Download("many", 100_000, 4 * KIB),
    Download("small-20ms", 10_000, 4 * KIB, delay_ms=20),
    Download("medium", 2_000, MIB),
    Download("mixed", 1_000, 64 * MIB, is_mixed=True),
    Download("large", 4, 512 * MIB),
    Download("one", 1, 1024 * MIB),
    Download("huge", 16, 1024 * MIB, is_drained=True),
    Download("slow-5", 8, 128 * MIB, rate=5 * MB),
    Download("slow-20", 8, 128 * MIB, rate=20 * MB),
    Download("slow-50", 8, 128 * MIB, rate=50 * MB),
    Download("slow-20-20ms", 8, 128 * MIB, 20, 20 * MB),
    Download("slow-64-20", 64, 128 * MIB, rate=20 * MB, is_drained=True),
    Download("slow-one", 1, 4096 * MIB, rate=20 * MB, is_drained=True),
    Download("slow-sets-in", 64, 128 * MIB, then=5 * MB, is_drained=True),
    Download("slow-lifted", 64, 128 * MIB, 0, 5 * MB, 0, is_drained=True),
    Download("small-tls", 10_000, 4 * KIB, with_tls=True),
    Download("large-tls", 4, 512 * MIB, with_tls=True),
)
