"""The workloads of Python: many objects read into memory, by libraries that can do several."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmark.choices import found
from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.measure import FailedError, Order, Sample, run
from benchmark.qualifying import qualify
from benchmark.rounds import Metric, Outcome, Trial, per_object, play
from benchmark.server import Server
from benchmark.setting import LeftOutError, Setting
from benchmark.tools import module_path

SCRIPT = Path(__file__).with_name("memory_peer.py")
AT_ONCE = (256, 64, 16)  # objects
LIBRARIES = ("obstore", "ossfs", "s3fs")
RESULT = "took.json"


@dataclass(frozen=True, slots=True)
class Read:
    """Objects that are read into memory, each whole; only the reading counts, not the start."""

    name: str
    count: int
    size: int  # bytes of each
    delay_ms: int = 0  # added to each request

    def __call__(self, setting: Setting) -> Outcome:
        """Run it.

        Raises:
            LeftOutError: There is no fsspec.
        """
        if module_path("fsspec") is None:
            raise LeftOutError("fsspec comes with ossfs and s3fs, which PyPI does not have")
        bucket = Bucket(self.name, setting.scaled(self.count), self.size)
        ours = Contender("ossh", partial(_order, sys.executable, "ossh", 0))
        tools = [
            found(setting.tools, name, [_contender(name, number) for number in AT_ONCE])
            for name in LIBRARIES
        ]
        with setting.serving(bucket, delay_ms=self.delay_ms) as server:
            prepare = partial(_trial, server=server)
            trials, notes = qualify(setting, self.name, ours, tools, prepare)
            series = play(self.name, trials, setting.runs, setting.root)
        delay = f", {self.delay_ms} ms added to each request" if self.delay_ms else ""
        title = f"{bucket.count:,} x {self.size >> 10:,} KiB into memory{delay}"
        metric = Metric("obj/s", lambda sample: bucket.count / sample.seconds)
        cost = per_object(bucket.count)
        return Outcome(title, metric, cost, series, notes, is_race=True)


def _contender(library: str, at_once: int) -> Contender:
    return Contender(f"{library}, {at_once} at a time", partial(_order, library, library, at_once))


def _order(python: str, library: str, at_once: int, place: Place) -> Order:
    keys = place.scratch / "keys"
    keys.write_text("\n".join(place.bucket.all_keys()), encoding="ascii")
    is_oss = library in {"ossh", "ossfs"}
    url = place.server.oss_url if is_oss else place.server.s3_url
    words = (library, url, place.bucket.name, keys, at_once, place.scratch / RESULT)
    environ = {**place.environ, "PEERS_PATH": str(module_path("fsspec"))}
    return Order([python, "-P", str(SCRIPT), *map(str, words)], environ)


def _trial(contender: Contender, server: Server) -> Trial:
    return Trial(contender.name, partial(_read, contender.order, server))


def _read(order: Callable[[Place], Order], server: Server, scratch: Path) -> Sample:
    """Return what the reading took; the peak is that of the process.

    Raises:
        FailedError: It did not read what is there.
    """
    sample = run(order(Place(server, scratch)), scratch)
    took = json.loads((scratch / RESULT).read_text(encoding="ascii"))
    if took["bytes"] != server.bucket.total:
        message = f"{took['bytes']} bytes were read instead of {server.bucket.total}"
        raise FailedError(message)
    return replace(sample, seconds=took["seconds"], cpu_seconds=took["cpu_seconds"])


WORKS = (
    Read("read", 2_000, 1 << 20),
    Read("read-20ms", 200, 10 << 10, delay_ms=20),
)
