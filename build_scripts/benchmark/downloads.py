"""The download workloads: small, medium and large objects, delayed, with TLS, the bar."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark import contenders
from benchmark.checks import check_manifest, check_tree
from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.measure import Sample, run
from benchmark.rounds import Cost, Metric, Outcome, Trial, play
from benchmark.server import Server
from benchmark.setting import Setting
from benchmark.tools import Tools

KIB, MIB = 1 << 10, 1 << 20
Peers = Callable[[Tools], Sequence[Contender | None]]


@dataclass(frozen=True, slots=True)
class Download:
    """A bucket that every contender downloads whole.

    Args:
        name: The work's name.
        count: Objects.
        size: Bytes of each.
        peers: The contenders besides ossh.
        delay_ms: Added to each request.
        with_tls: Over HTTPS.
        is_large: Its size is scaled, not its count, and its speed is in MB/s.
    """

    name: str
    count: int
    size: int
    peers: Peers
    delay_ms: int = 0
    with_tls: bool = False
    is_large: bool = False

    def __call__(self, setting: Setting) -> Outcome:
        """Run it."""
        work = self._scaled(setting)
        bucket = setting.make(Bucket(self.name, work.count, work.size))
        try:
            with setting.serving(bucket, delay_ms=self.delay_ms, with_tls=self.with_tls) as server:
                tools = [contenders.ossh(), *self.peers(setting.tools)]
                trials = [download_trial(one, server) for one in tools if one is not None]
                series = play(self.name, trials, setting.runs, setting.root)
        finally:
            shutil.rmtree(setting.root / self.name, ignore_errors=True)
        return Outcome(self.name, work.title, work.metric, work.cost, series)

    def _scaled(self, setting: Setting) -> "Download":
        if self.is_large:
            return replace(self, size=max(MIB, setting.scaled(self.size // MIB) * MIB))
        return replace(self, count=setting.scaled(self.count))

    @property
    def title(self) -> str:
        """Return a short title."""
        size = f"{self.size // MIB} MiB" if self.size >= MIB else f"{self.size // KIB} KiB"
        delay = f", {self.delay_ms} ms added to each request" if self.delay_ms else ""
        return f"{self.count:,} x {size}{delay}{', TLS' if self.with_tls else ''}"

    @property
    def metric(self) -> Metric:
        """Return its speed."""
        if self.size >= MIB:
            megabytes = self.count * self.size / 1e6
            return Metric("MB/s", lambda sample: megabytes / sample.seconds, is_speed=True)
        return Metric("obj/s", lambda sample: self.count / sample.seconds, is_speed=True)

    @property
    def cost(self) -> Cost:
        """Return how its CPU is shown."""
        if self.size >= MIB:
            return Cost.per_gigabyte(self.count * self.size)
        return Cost.per_object(self.count)


def download_trial(contender: Contender, server: Server) -> Trial:
    """Return one run of a contender that downloads all, with every file checked after it."""

    def once(scratch: Path) -> Sample:
        place = Place(server, scratch)
        sample = run(contender.order(place), scratch)
        is_ossh = contender.name.startswith("ossh")
        check_tree(server.bucket, place.target, with_mtime=is_ossh)
        if is_ossh:
            check_manifest(server.bucket, place.manifest, "done")
        return sample

    return Trial(contender.name, once)


def bar(setting: Setting) -> Outcome:
    """Compare the CPU time of a download with the bar and without, 10,000 small objects."""
    count = setting.scaled(10_000)
    bucket = setting.make(Bucket("bar", count, 4 * KIB))
    try:
        with setting.serving(bucket) as server:
            pair = (contenders.ossh("ossh, bar"), contenders.ossh("ossh --quiet", quiet=True))
            trials = [download_trial(one, server) for one in pair]
            series = play("bar", trials, setting.runs, setting.root)
    finally:
        shutil.rmtree(setting.root / "bar", ignore_errors=True)
    metric = Metric("CPU s", lambda sample: sample.cpu_seconds, is_speed=False)
    return Outcome(
        "bar", f"{count:,} x 4 KiB, both on a terminal", metric, Cost.per_object(count), series
    )


def _small(tools: Tools) -> Sequence[Contender | None]:
    return (
        contenders.s5cmd(tools),
        contenders.rclone(tools, 8),
        contenders.rclone(tools, 32),
        contenders.curl(tools, 32),
        contenders.go_sdk(tools, 8),
        contenders.go_sdk(tools, 32),
        contenders.oss2(16),
        contenders.cp(tools),
    )


def _small_tls(tools: Tools) -> Sequence[Contender | None]:
    return _small(tools)[:-1]  # cp knows no TLS


def _delayed(tools: Tools) -> Sequence[Contender | None]:
    return (
        contenders.s5cmd(tools),
        contenders.s5cmd(tools, 512),
        contenders.rclone(tools, 256),
        contenders.curl(tools, 256),
        contenders.go_sdk(tools, 256),
        contenders.oss2(64),
    )


def _medium(tools: Tools) -> Sequence[Contender | None]:
    return (
        contenders.s5cmd(tools),
        contenders.rclone(tools, 16),
        contenders.curl(tools, 16),
        contenders.go_sdk(tools, 8),
        contenders.oss2(16),
        contenders.cp(tools),
    )


def _large(tools: Tools) -> Sequence[Contender | None]:
    return (
        contenders.curls(tools),
        contenders.s5cmd(tools),
        contenders.rclone(tools, 4),
        contenders.go_sdk(tools, 4),
        contenders.oss2(4),
        contenders.cp(tools),
    )


def _large_tls(tools: Tools) -> Sequence[Contender | None]:
    return _large(tools)[:-2]  # oss2 takes longer than all others together; cp knows no TLS


DOWNLOADS = (
    Download("small", 10_000, 4 * KIB, _small),
    Download("small-20ms", 10_000, 4 * KIB, _delayed, delay_ms=20),
    Download("medium", 2_000, MIB, _medium),
    Download("large", 4, 512 * MIB, _large, is_large=True),
    Download("one", 1, 1024 * MIB, _large, is_large=True),
    Download("small-tls", 10_000, 4 * KIB, _small_tls, with_tls=True),
    Download("large-tls", 4, 512 * MIB, _large_tls, with_tls=True, is_large=True),
)
