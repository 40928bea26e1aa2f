"""The workloads that are no downloads: listing, planning and rechecking millions, and a start."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark import contenders
from benchmark.checks import check_listed, check_manifest
from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.measure import TIMEOUT_SECONDS, FailedError, Sample, run
from benchmark.peers import S5CMD, listers
from benchmark.racing import CPU, PEAK, Metric, Outcome, Trial, per_object, play, race, say
from benchmark.server import Server, serving
from benchmark.setting import Setting
from ossh import demo

KEYS = 1_000_000
SIZE = 16  # bytes; on tmpfs a file takes a page of 4 KiB whatever it holds
COUNTS = (1_000_000, 10_000_000)  # whose memory is measured


@contextmanager
def _million(setting: Setting, name: str, *, delay_ms: int = 0) -> Iterator[Server]:
    count = setting.scaled(KEYS)
    say(f"{name}: making a listing of {count:,} keys")
    bucket = Bucket(name, count, SIZE, per_folder=max(1, count // 100), is_shared=True)
    with serving(setting, bucket, delay_ms=delay_ms) as server:
        yield server


def list_all(setting: Setting, name: str = "list", delay_ms: int = 0) -> Outcome:
    """Measure how fast a million keys are listed."""
    ours = contenders.ossh("ossh get --dry-run", "--dry-run")
    with _million(setting, name, delay_ms=delay_ms) as server:
        tools = [[ours], *listers(setting.tools)]
        runs, notes = race(setting, name, tools, partial(_listed, server))
    count = server.bucket.count
    metric = Metric("keys/s", lambda sample: count / sample.seconds)
    delay = f", {delay_ms} ms added to each page" if delay_ms else ""
    notes.append("ossh writes every key and its plan into a manifest; the others print names.")
    title = f"{count:,} keys in {server.bucket.folders} folders{delay}"
    return Outcome(title, metric, per_object(count), runs, notes, is_race=True)


def _listed(server: Server, contender: Contender, scratch: Path, seconds: float) -> Sample:
    sample = contender.run(Place(server, scratch), seconds)
    check_listed(server.bucket.count, scratch / "output", is_ossh=contender.is_ossh)
    return sample


def first_byte(setting: Setting) -> Outcome:
    """Measure from the start of the process until the first file has a byte."""

    def in_the_shell(place: Place) -> list[str]:  # which loads cmd2
        return place.ossh(f"oss://{place.bucket.name}/", "-c", f"get --to {place.target}")

    with _million(setting, "first-byte") as server:
        tools = [[contenders.ossh()], [Contender("ossh -c", in_the_shell)]]
        if S5CMD.tool in setting.tools:  # rclone lists everything first: two minutes a run
            tools.insert(1, S5CMD.candidates(server.bucket))
        runs, notes = race(setting, "first-byte", tools, partial(_started, server))
    metric = Metric("s to the first byte", lambda sample: sample.first_seconds or 0.0)
    notes.append("Measured from the start of the process, which is then interrupted.")
    return Outcome(f"a bucket of {server.bucket.count:,} objects", metric, CPU, runs, notes)


def _started(server: Server, contender: Contender, scratch: Path, seconds: float) -> Sample:
    place = Place(server, scratch)
    sample = contender.run(place, seconds, until=place.target)
    if sample.first_seconds is None:
        raise FailedError("ended without a byte on disk")
    return sample


def finished(setting: Setting) -> Outcome:
    """Measure `get` on a finished job of a million objects: it checks every file again."""
    count = setting.scaled(KEYS)
    setting.need(count * (4096 + 2048))
    with (
        _million(setting, "finished") as server,
        TemporaryDirectory(dir=setting.root, ignore_cleanup_errors=True) as kept,
    ):
        place = Place(server, Path(kept))
        say(f"finished: downloading {count:,} objects once")
        contenders.ossh("ossh", "--quiet").run(place, TIMEOUT_SECONDS)
        check_manifest(server.bucket, place.manifest)
        trial = Trial("ossh, again", partial(_again, place))
        runs = play("finished", [trial], setting.runs, setting.root)
    notes = ["Every file's size and mtime are checked; no page is listed again, which is verified."]
    metric = Metric("s", lambda sample: sample.seconds)
    title = f"`get` on a finished job of {count:,}"
    return Outcome(title, metric, per_object(count), runs, notes)


def _again(place: Place, scratch: Path, seconds: float) -> Sample:
    before = place.server.listings()
    job = str(place.manifest.with_suffix(".toml"))
    # its home is another than the first run's, where the job was made
    again = place.ossh("--trust", job, "-c", "get")
    sample = run(again, scratch, seconds, place.environ, has_terminal=True)
    if place.server.listings() > before + 1:  # for one key: whether the bucket is where it was
        raise FailedError("listed the bucket again")
    check_manifest(place.bucket, place.manifest)
    return sample


def startup(setting: Setting) -> Outcome:
    """Measure the CPU time of `ossh -c pwd`, from source."""
    commands = {
        "ossh -c pwd": [sys.executable, "-P", "-m", "ossh", "-c", "pwd"],
        "python -c 'import cmd2'": [sys.executable, "-c", "import cmd2"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    trials = [Trial(name, partial(run, command)) for name, command in commands.items()]
    runs = play("startup", trials, setting.runs, setting.root)
    return Outcome("start, print where one stands, leave", CPU, CPU, runs)


def memory(setting: Setting) -> Outcome:
    """Measure the peak of planning huge buckets, once, as it hardly varies and takes minutes."""
    counts = [setting.scaled(count) for count in COUNTS]
    setting.need(max(counts) * 800)
    many = {f"{count}-objects": (count, SIZE) for count in counts}
    with demo.start(empty=True, synthetic=many) as server:
        trials = [Trial(f"{count:,} objects", partial(_planned, server, count)) for count in counts]
        runs = play("memory", trials, 1, setting.root)
    return Outcome("`ossh get --dry-run`", PEAK, CPU, runs, ["One run."])


def _planned(server: demo.DemoServer, count: int, scratch: Path, seconds: float) -> Sample:
    words = ("get", f"oss://{count}-objects/", "--to", str(scratch / "files"), "--dry-run")
    command = contenders.ossh_command(server.endpoint, scratch / "jobs", *words)
    sample = run(command, scratch, seconds, server.environ, has_terminal=True)
    check_listed(count, scratch / "output", is_ossh=True)
    return sample
