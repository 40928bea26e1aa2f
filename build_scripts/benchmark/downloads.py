"""The download workloads: small, medium, large and mixed objects, far away, with TLS, the bar."""

import math
import random
import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark import contenders
from benchmark.checks import check_manifest, check_tree
from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.drain import Drain
from benchmark.measure import Sample, run
from benchmark.rounds import Cost, Metric, Outcome, Trial, play
from benchmark.server import Server
from benchmark.setting import Setting

KIB, MIB = 1 << 10, 1 << 20
MEDIAN, SIGMA = 256 * KIB, 2.0  # of the mixed sizes: a few large objects hold most of the bytes


@dataclass(frozen=True, slots=True)
class Download:
    """A bucket that every contender downloads whole.

    Args:
        name: The work's name.
        count: Objects.
        size: Bytes of each.
        peers: The contenders besides ossh.
        delay_ms: Added to each request.
        connection_rate: The most bytes a second on one connection; 0 for any number.
        with_tls: Over HTTPS.
        is_large: Its size is scaled, not its count.
        is_mixed: Objects have log-normal sizes from 1 KiB up to `size`, always the same ones.
        is_drained: Objects have the same body, and files forget what is written to them.
    """

    name: str
    count: int
    size: int
    peers: Sequence[Contender]
    delay_ms: int = 0
    connection_rate: int = 0
    with_tls: bool = False
    is_large: bool = False
    is_mixed: bool = False
    is_drained: bool = False

    def __call__(self, setting: Setting) -> Outcome:
        """Run it."""
        work = self._scaled(setting)
        sizes = log_normal(work.count, work.size) if self.is_mixed else ()
        wanted = Bucket(self.name, work.count, work.size, is_shared=self.is_drained, sizes=sizes)
        bucket = setting.make(wanted)
        try:
            with setting.serving(
                bucket,
                delay_ms=self.delay_ms,
                connection_rate=self.connection_rate,
                with_tls=self.with_tls,
            ) as server:
                tools = contenders.available(setting.tools, [contenders.ossh(), *self.peers])
                drained = self.is_drained
                trials = [download_trial(one, server, is_drained=drained) for one in tools]
                series = play(self.name, trials, setting.runs, setting.root)
        finally:
            shutil.rmtree(setting.root / self.name, ignore_errors=True)
        metric, cost = _metric(bucket), _cost(bucket)
        return Outcome(self.name, work.title, metric, cost, series, begun=_begun(bucket))

    def _scaled(self, setting: Setting) -> "Download":
        if self.is_large:
            return replace(self, size=max(MIB, setting.scaled(self.size // MIB) * MIB))
        return replace(self, count=setting.scaled(self.count))

    @property
    def title(self) -> str:
        """Return a short title."""
        size = f"{self.size // MIB} MiB" if self.size >= MIB else f"{self.size // KIB} KiB"
        least = "1 KiB to " if self.is_mixed else ""
        delay = f", {self.delay_ms} ms added to each request" if self.delay_ms else ""
        rate = f", {self.connection_rate / 1e6:g} MB/s a connection" if self.connection_rate else ""
        sink = ", to files that forget" if self.is_drained else ""
        tls = ", TLS" if self.with_tls else ""
        return f"{self.count:,} x {least}{size}{delay}{rate}{sink}{tls}"


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


def _cost(bucket: Bucket) -> Cost:
    if bucket.is_large:
        return Cost.per_gigabyte(bucket.total)
    return Cost.per_object(bucket.count)


def download_trial(contender: Contender, server: Server, *, is_drained: bool = False) -> Trial:
    """Return one run of a contender that downloads all, with every file checked after it.

    Of files that are drained, only the length can be checked: cutting holes changes the time, too.
    """

    def once(scratch: Path) -> Sample:
        place = Place(server, scratch)
        with Drain(place.target) if is_drained else nullcontext():
            sample = run(contender.order(place), scratch)
        if server.bucket.is_large and (asked := server.first_body(sample.began)):
            sample = replace(sample, asked_seconds=asked - sample.began)
        is_ossh = contender.name.startswith("ossh")
        kept = not is_drained
        check_tree(server.bucket, place.target, with_mtime=is_ossh and kept, with_content=kept)
        if is_ossh:
            check_manifest(server.bucket, place.manifest, "done")
        return sample

    return Trial(contender.name, once)


def bar(setting: Setting) -> Outcome:
    """Compare the CPU time of a download with the bar and without, 50,000 small objects."""
    count = setting.scaled(50_000)  # enough for the run to have a bar
    bucket = setting.make(Bucket("bar", count, 4 * KIB))
    try:
        with setting.serving(bucket) as server:
            pair = (contenders.ossh("ossh, bar"), contenders.ossh("ossh --quiet", quiet=True))
            trials = [download_trial(one, server) for one in pair]
            series = play("bar", trials, setting.runs, setting.root)
    finally:
        shutil.rmtree(setting.root / "bar", ignore_errors=True)
    metric = Metric("CPU s", lambda sample: sample.cpu_seconds)
    return Outcome(
        "bar", f"{count:,} x 4 KiB, both on a terminal", metric, Cost.per_object(count), series
    )


SMALL = (
    contenders.s5cmd(),
    contenders.rclone(8),
    contenders.rclone(32),
    contenders.curl(32),
    *contenders.ossutil(8),
    contenders.go_sdk(8),
    contenders.go_sdk(32),
    contenders.obstore(16),
    contenders.awscrt(64),
    contenders.oss2(16),
    contenders.cp(),
)


SMALL_TLS = SMALL[:-1]  # cp knows no TLS


MANY = (  # the best of each in `small`
    contenders.s5cmd(),
    contenders.rclone(32),
    *contenders.ossutil(8),
    contenders.go_sdk(8),
    contenders.obstore(16),
)


DELAYED = (
    contenders.s5cmd(),
    contenders.s5cmd(512),
    contenders.rclone(256),
    contenders.curl(256),
    *contenders.ossutil(256),
    contenders.go_sdk(256),
    contenders.obstore(256),
    contenders.awscrt(512),
    contenders.oss2(64),
)


MEDIUM = (
    contenders.s5cmd(),
    contenders.rclone(16),
    contenders.curl(16),
    *contenders.ossutil(8),
    contenders.go_sdk(8),
    contenders.obstore(8),
    contenders.awscrt(16),
    contenders.oss2(16),
    contenders.cp(),
)


MIXED = MEDIUM[:-2]  # oss2 takes as long as all others together; cp is a floor of bytes only


LARGE = (
    contenders.curls(),
    contenders.s5cmd(),
    contenders.rclone(4),
    *contenders.ossutil(4),
    contenders.go_sdk(4),
    contenders.obstore(4),
    contenders.awscrt(4),
    contenders.oss2(4),
    contenders.cp(),
)


LARGE_TLS = LARGE[:-2]  # as above; cp knows no TLS
HUGE = SLOW = LARGE_TLS


DOWNLOADS = (
    Download("small", 10_000, 4 * KIB, SMALL),
    Download("many", 100_000, 4 * KIB, MANY),
    Download("small-20ms", 10_000, 4 * KIB, DELAYED, delay_ms=20),
    Download("medium", 2_000, MIB, MEDIUM),
    Download("mixed", 1_000, 64 * MIB, MIXED, is_mixed=True),
    Download("large", 4, 512 * MIB, LARGE, is_large=True),
    Download("one", 1, 1024 * MIB, LARGE, is_large=True),
    Download("huge", 16, 1024 * MIB, HUGE, is_large=True, is_drained=True),
    Download("slow", 8, 128 * MIB, SLOW, connection_rate=20_000_000, is_large=True),
    Download("small-tls", 10_000, 4 * KIB, SMALL_TLS, with_tls=True),
    Download("large-tls", 4, 512 * MIB, LARGE_TLS, with_tls=True, is_large=True),
)
