"""The download workloads: small, medium, large and mixed objects, far away, with TLS."""

import math
import random
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark import contenders
from benchmark.checks import check_manifest, check_tree
from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.drain import drained
from benchmark.measure import Sample, run
from benchmark.paced import once_passed
from benchmark.peers import CURL, PEERS, Numbers, found
from benchmark.qualifying import qualify
from benchmark.rounds import (
    Metric,
    Outcome,
    Trial,
    once,
    per_gigabyte,
    per_object,
    play,
)
from benchmark.server import Server
from benchmark.setting import Setting
from ossh.console.progress_bar import PATIENCE_SECONDS
from ossh.transfer.scheduling.concurrency import STREAMS

KIB, MIB, MB = 1 << 10, 1 << 20, 1_000_000
SEVERAL = 8  # connections that fill the line
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
    is_large: bool = False  # its size is scaled, not its count
    is_mixed: bool = False  # log-normal sizes from 1 KiB up to `size`, always the same ones
    is_drained: bool = False  # all have the same body, and files forget what is written to them

    def __call__(self, setting: Setting) -> Outcome:
        work = self.scaled(setting)
        sizes = log_normal(work.count, work.size) if self.is_mixed else ()
        wanted = Bucket(self.name, work.count, work.size, is_shared=self.is_drained, sizes=sizes)
        with setting.serving(wanted, delay_ms=self.delay_ms, with_tls=self.with_tls) as server:
            bucket = server.bucket
            line = _line(setting, server) if self.rate and self.then is None else 0.0
            server.pace(self.rate)
            prepare = partial(download_trial, server=server, work=self)
            tools = [found(setting.tools, one.tool, one.candidates(bucket)) for one in PEERS]
            trials, notes = qualify(setting, self.name, contenders.ossh(), tools, prepare)
            series = play(self.name, trials, setting.runs, setting.root)
        outcome = Outcome(work.title, _metric(bucket), _cost(bucket), series, notes)
        outcome.begun, outcome.is_race = _begun(bucket), True
        if series[0].median(lambda sample: sample.seconds) < PATIENCE_SECONDS:
            outcome.notes.append("ossh draws no bar here, as its runs take less than a second.")
        if line:
            outcome.arithmetic = min(line, STREAMS * self.rate) / 1e6
            outcome.notes.append(_explained(self.rate, line, outcome.arithmetic))
        return outcome

    def scaled(self, setting: Setting) -> "Download":
        if self.is_large:
            return replace(self, size=max(MIB, setting.scaled(self.size // MIB) * MIB))
        return replace(self, count=setting.scaled(self.count))

    @property
    def title(self) -> str:
        size = f"{self.size // MIB} MiB" if self.size >= MIB else f"{self.size // KIB} KiB"
        least = "1 KiB to " if self.is_mixed else ""
        delay = f", {self.delay_ms} ms added to each request" if self.delay_ms else ""
        rate = f", {_limit(self.rate)}" if self.rate else ""
        if self.then is not None:
            rate = f", {_limit(self.rate)}, from half of it on {_limit(self.then)}"
        sink = ", to files that forget" if self.is_drained else ""
        tls = ", TLS" if self.with_tls else ""
        return f"{self.count:,} x {least}{size}{delay}{rate}{sink}{tls}"


def _line(setting: Setting, server: Server) -> float:
    """Return the bytes a second that the faster of ossh and curl reaches without a limit."""
    curl = CURL.at(Numbers(min(SEVERAL, server.bucket.count)))
    tried = [contenders.ossh(), *found(setting.tools, "curl", [curl])]
    samples = [once(download_trial(one, server), setting.root) for one in tried]
    speed = _begun(server.bucket) or _metric(server.bucket)
    return max(map(speed.of, samples)) * 1e6


def _limit(rate: int) -> str:
    return f"{rate / 1e6:g} MB/s a connection" if rate else "any speed"


def _explained(rate: int, line: float, best: float) -> str:
    """Return what "the arithmetic" of a table is."""
    return (
        f"The arithmetic is {best:,.0f} MB/s: {STREAMS} connections, {_limit(rate)}; or the line "
        f"where that is less, {line / 1e6:,.0f} MB/s (the faster of ossh and curl without a limit)."
    )


def log_normal(count: int, largest: int) -> tuple[int, ...]:
    """Return sizes in bytes, from 1 KiB to the largest; the same for the same arguments."""
    chance = random.Random(count)  # noqa: S311 - sizes
    drawn = (round(chance.lognormvariate(math.log(MEDIAN), SIGMA)) for _ in range(count))
    return tuple(min(max(KIB, size), largest) for size in drawn)


def _metric(bucket: Bucket) -> Metric:
    """Return the speed that counts: of bytes where objects are large, else of objects."""
    if bucket.is_large:
        return Metric("MB/s", lambda sample: bucket.total / 1e6 / sample.seconds)
    return Metric("obj/s", lambda sample: bucket.count / sample.seconds)


def _begun(bucket: Bucket) -> Metric | None:
    """Return the speed without the start, where the server tells when that is over."""

    def speed(sample: Sample) -> float:
        return bucket.total / 1e6 / (sample.seconds - (sample.asked_seconds or 0.0))

    return Metric("MB/s once begun", speed) if bucket.is_large else None


def _cost(bucket: Bucket) -> Metric:
    return per_gigabyte(bucket.total) if bucket.is_large else per_object(bucket.count)


def download_trial(contender: Contender, server: Server, work: Download | None = None) -> Trial:
    """Return one run of a contender that downloads all, with every file checked after it.

    Where all objects have one body, files forget it; of them only the length can be checked:
    cutting holes changes the time, too.
    """
    kept = not server.bucket.is_shared
    is_ossh = contender.name.startswith("ossh")

    def once(scratch: Path) -> Sample:
        place = Place(server, scratch)
        with ExitStack() as stack:
            if not kept:
                stack.enter_context(drained(place.target))
            if work is not None and work.then is not None:
                server.pace(work.rate, is_running=True)
                change = partial(server.pace, work.then, is_running=True)
                stack.enter_context(once_passed(server.bucket.total // 2, change))
            sample = run(contender.order(place), scratch)
        if server.bucket.is_large and (asked := server.first_body(sample.began)):
            sample = replace(sample, asked_seconds=asked - sample.began)
        check_tree(server.bucket, place.target, with_mtime=is_ossh and kept, with_content=kept)
        if is_ossh:
            check_manifest(server.bucket, place.manifest, "done")
        return sample

    return Trial(contender.name, once)


def durable(setting: Setting) -> Outcome:
    """Compare a download to a disk with one that waits for the disk, 10,000 small objects."""
    bucket = Bucket("durable", setting.scaled(10_000), 4 * KIB)
    pair = (contenders.ossh(), contenders.ossh("ossh --durable", "--durable"))
    with (
        TemporaryDirectory(prefix="ossh-bench-", dir="/var/tmp") as disk,
        setting.serving(bucket) as server,
    ):
        trials = [download_trial(one, server) for one in pair]
        series = play(bucket.name, trials, setting.runs, Path(disk))
    title = f"{bucket.count:,} x 4 KiB, to a disk"
    return Outcome(title, _metric(bucket), _cost(bucket), series)


DOWNLOADS = (
    Download("small", 10_000, 4 * KIB),
    Download("many", 100_000, 4 * KIB),
    Download("small-20ms", 10_000, 4 * KIB, delay_ms=20),
    Download("medium", 2_000, MIB),
    Download("mixed", 1_000, 64 * MIB, is_mixed=True),
    Download("large", 4, 512 * MIB, is_large=True),
    Download("one", 1, 1024 * MIB, is_large=True),
    Download("huge", 16, 1024 * MIB, is_large=True, is_drained=True),
    Download("slow-5", 8, 128 * MIB, rate=5 * MB, is_large=True),
    Download("slow-20", 8, 128 * MIB, rate=20 * MB, is_large=True),
    Download("slow-50", 8, 128 * MIB, rate=50 * MB, is_large=True),
    Download("slow-20-20ms", 8, 128 * MIB, 20, 20 * MB, is_large=True),
    Download("slow-64-20", 64, 128 * MIB, rate=20 * MB, is_large=True, is_drained=True),
    Download("slow-one", 1, 4096 * MIB, rate=20 * MB, is_large=True, is_drained=True),
    Download("slow-sets-in", 64, 128 * MIB, then=5 * MB, is_large=True, is_drained=True),
    Download("slow-lifted", 64, 128 * MIB, 0, 5 * MB, 0, is_large=True, is_drained=True),
    Download("small-tls", 10_000, 4 * KIB, with_tls=True),
    Download("large-tls", 4, 512 * MIB, with_tls=True, is_large=True),
)
