"""The download workloads: small, medium, large and mixed objects, far away, with TLS, the bar."""

import math
import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark import contenders
from benchmark.checks import check_manifest, check_tree
from benchmark.choices import Numbers, found
from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.drain import Drain
from benchmark.measure import Sample, run
from benchmark.paced import ANY_SPEED, Change, Pace, arithmetic
from benchmark.peers import CURL, PEERS, cp
from benchmark.qualifying import qualify
from benchmark.rounds import Cost, Metric, Outcome, Series, Trial, once, play
from benchmark.server import Server
from benchmark.setting import LeftOutError, Setting
from ossh.console.progress_bar import PATIENCE_SECONDS
from ossh.transfer.scheduling.concurrency import STREAMS

KIB, MIB = 1 << 10, 1 << 20
SEVERAL = 8  # connections that fill the line
MEDIAN, SIGMA = 256 * KIB, 2.0  # of the mixed sizes: a few large objects hold most of the bytes


@dataclass(frozen=True, slots=True)
class Download:
    """A bucket that every contender downloads whole.

    Args:
        name: The work's name.
        count: Objects.
        size: Bytes of each.
        delay_ms: Added to each request.
        pace: What a connection may bring.
        with_tls: Over HTTPS.
        is_large: Its size is scaled, not its count.
        is_mixed: Objects have log-normal sizes from 1 KiB up to `size`, always the same ones.
        is_drained: Objects have the same body, and files forget what is written to them.
    """

    name: str
    count: int
    size: int
    delay_ms: int = 0
    pace: Pace = ANY_SPEED
    with_tls: bool = False
    is_large: bool = False
    is_mixed: bool = False
    is_drained: bool = False

    def __call__(self, setting: Setting) -> Outcome:
        """Run it."""
        with self.serving(setting) as server:
            bucket = server.bucket
            line = self._line(setting, server) if self.pace != ANY_SPEED else 0.0
            prepare = partial(download_trial, server=server, work=self)
            tools = [found(setting.tools, one.tool, one.candidates(bucket)) for one in PEERS]
            trials, notes = qualify(setting, self.name, contenders.ossh(), tools, prepare)
            trials += [prepare(one) for one in self._besides(setting)]
            series = play(self.name, trials, setting.runs, setting.root)
        outcome = Outcome(
            self.name, self.scaled(setting).title, _metric(bucket), _cost(bucket), series, notes
        )
        outcome.begun, outcome.is_race = _begun(bucket), True
        outcome.notes += no_bar(series[0])
        if line:
            outcome.arithmetic = arithmetic(self.pace, STREAMS, line) / 1e6
            outcome.notes.append(_explained(self.pace, line, outcome.arithmetic))
        return outcome

    def enter(self, stack: ExitStack, server: Server, target: Path) -> None:
        """Make the server as fast as it should be, and files forget, as long as the stack lives."""
        server.pace(self.pace.rate)
        if self.is_drained:
            stack.enter_context(Drain(target))
        if self.pace.then is not None:
            stack.enter_context(Change(server, self.pace, server.bucket.total // 2))

    @contextmanager
    def serving(self, setting: Setting) -> Iterator[Server]:
        """Make the bucket and serve it."""
        work = self.scaled(setting)
        sizes = log_normal(work.count, work.size) if self.is_mixed else ()
        wanted = Bucket(self.name, work.count, work.size, is_shared=self.is_drained, sizes=sizes)
        bucket = setting.make(wanted)
        try:
            with setting.serving(bucket, delay_ms=self.delay_ms, with_tls=self.with_tls) as server:
                yield server
        finally:
            shutil.rmtree(setting.root / self.name, ignore_errors=True)

    def _line(self, setting: Setting, server: Server) -> float:
        """Return the bytes a second that the faster of ossh and curl reaches without a pace."""
        free = replace(self, pace=Pace(0, None if self.pace.then is None else 0))
        curl = CURL.at(Numbers(min(SEVERAL, server.bucket.count)))
        tried = [contenders.ossh(), *found(setting.tools, "curl", [curl])]
        try:
            samples = [once(download_trial(one, server, free), setting.root) for one in tried]
        except OSError as error:
            message = f"the pace of connections cannot be changed here: {error.strerror}"
            raise LeftOutError(message) from error
        speed = _begun(server.bucket) or _metric(server.bucket)
        return max(map(speed.of, samples)) * 1e6

    def _besides(self, setting: Setting) -> list[Contender]:
        """Return the shell's command, and `cp`, where it does the same but for the network."""
        is_plain = not (self.delay_ms or self.with_tls or self.is_drained or self.pace != ANY_SPEED)
        return [contenders.ossh_line(), *cp(setting.tools)] if is_plain else []

    def scaled(self, setting: Setting) -> "Download":
        """Return it as large as is wanted."""
        if self.is_large:
            return replace(self, size=max(MIB, setting.scaled(self.size // MIB) * MIB))
        return replace(self, count=setting.scaled(self.count))

    @property
    def title(self) -> str:
        """Return a short title."""
        size = f"{self.size // MIB} MiB" if self.size >= MIB else f"{self.size // KIB} KiB"
        least = "1 KiB to " if self.is_mixed else ""
        delay = f", {self.delay_ms} ms added to each request" if self.delay_ms else ""
        rate = f", {self.pace}" if self.pace != ANY_SPEED else ""
        sink = ", to files that forget" if self.is_drained else ""
        tls = ", TLS" if self.with_tls else ""
        return f"{self.count:,} x {least}{size}{delay}{rate}{sink}{tls}"


def _explained(pace: Pace, line: float, best: float) -> str:
    """Return what "the arithmetic" of a table is."""
    return (
        f"The arithmetic is {best:,.0f} MB/s: {STREAMS} connections, {pace}; or the line where "
        f"that is less, {line / 1e6:,.0f} MB/s (the faster of ossh and curl without a limit)."
    )


def no_bar(ours: Series) -> list[str]:
    """Return a note if runs of ossh are over before it draws its bar."""
    if ours.samples and ours.median(lambda sample: sample.seconds) < PATIENCE_SECONDS:
        return ["ossh draws no bar here, as its runs take less than a second."]
    return []


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


def download_trial(contender: Contender, server: Server, work: Download | None = None) -> Trial:
    """Return one run of a contender that downloads all, with every file checked after it.

    Of files that are drained, only the length can be checked: cutting holes changes the time, too.
    """
    kept = not (work and work.is_drained)
    is_ossh = contender.name.startswith("ossh")

    def once(scratch: Path) -> Sample:
        place = Place(server, scratch)
        with ExitStack() as stack:
            if work:
                work.enter(stack, server, place.target)
            sample = run(contender.order(place), scratch)
        if server.bucket.is_large and (asked := server.first_body(sample.began)):
            sample = replace(sample, asked_seconds=asked - sample.began)
        check_tree(server.bucket, place.target, with_mtime=is_ossh and kept, with_content=kept)
        if is_ossh:
            check_manifest(server.bucket, place.manifest, "done")
        return sample

    return Trial(contender.name, once)


def bar(setting: Setting) -> Outcome:
    """Compare the CPU time of a download with the bar and without, 50,000 small objects."""
    count = setting.scaled(50_000)  # enough for the run to have a bar
    pair = (contenders.ossh("ossh, bar"), contenders.ossh("ossh --quiet", "--quiet"))
    series = _pair(setting, Bucket("bar", count, 4 * KIB), pair, setting.root)
    metric = Metric("CPU s", lambda sample: sample.cpu_seconds)
    return Outcome(
        "bar", f"{count:,} x 4 KiB, both on a terminal", metric, Cost.per_object(count), series
    )


def durable(setting: Setting) -> Outcome:
    """Compare a download to a disk with one that waits for the disk, 10,000 small objects."""
    return _durable(setting, Bucket("durable", setting.scaled(10_000), 4 * KIB))


def durable_large(setting: Setting) -> Outcome:
    """Compare them for four large objects."""
    return _durable(setting, Bucket("durable-large", 4, setting.scaled(256) * MIB))


def _durable(setting: Setting, bucket: Bucket) -> Outcome:
    pair = (contenders.ossh(), contenders.ossh("ossh --durable", "--durable"))
    with TemporaryDirectory(prefix="ossh-bench-", dir="/var/tmp") as disk:
        series = _pair(setting, bucket, pair, Path(disk))
    title = f"{bucket.count:,} x {bucket.total // bucket.count // KIB:,} KiB, to a disk"
    return Outcome(bucket.name, title, _metric(bucket), _cost(bucket), series)


def _pair(
    setting: Setting, bucket: Bucket, pair: tuple[Contender, Contender], root: Path
) -> list[Series]:
    """Run two settings of ossh in turn, in folders of a root."""
    made = setting.make(bucket)
    try:
        with setting.serving(made) as server:
            trials = [download_trial(one, server) for one in pair]
            return play(bucket.name, trials, setting.runs, root)
    finally:
        shutil.rmtree(setting.root / bucket.name, ignore_errors=True)
