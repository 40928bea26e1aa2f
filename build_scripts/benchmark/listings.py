"""The workloads that list, plan or recheck a bucket of a million keys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark import contenders
from benchmark.checks import check_lines, check_manifest, check_planned
from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.measure import FailedError, Sample, run
from benchmark.peers import S5CMD, found, listers
from benchmark.qualifying import qualify
from benchmark.rounds import CPU, Metric, Outcome, Trial, per_object, play, say
from benchmark.server import Server
from benchmark.setting import Setting

KEYS = 1_000_000
PER_FOLDER = 10_000
SIZE = 16  # bytes; on tmpfs a file takes a page of 4 KiB whatever it holds

SECONDS = Metric("s", lambda sample: sample.seconds)


@contextmanager
def _million(setting: Setting, name: str, *, delay_ms: int = 0) -> Iterator[Server]:
    count = setting.scaled(KEYS)
    per_folder = max(1, min(PER_FOLDER, count // 100))
    say(f"{name}: making a listing of {count:,} keys")
    bucket = Bucket(name, count, SIZE, per_folder, is_shared=True)
    with setting.serving(bucket, delay_ms=delay_ms) as server:
        yield server


def list_all(setting: Setting, name: str = "list", delay_ms: int = 0) -> Outcome:
    """Measure how fast a million keys are listed."""
    with _million(setting, name, delay_ms=delay_ms) as server:
        ours = contenders.ossh("ossh get --dry-run", "--dry-run")

        def prepare(one: Contender) -> Trial:
            check = check_planned if one.name == ours.name else check_lines
            return Trial(one.name, partial(_listed, one, server, check))

        trials, notes = qualify(setting, name, ours, listers(setting.tools), prepare)
        series = play(name, trials, setting.runs, setting.root)
        count = server.bucket.count
    metric = Metric("keys/s", lambda sample: count / sample.seconds)
    delay = f", {delay_ms} ms added to each page" if delay_ms else ""
    notes.append("ossh writes every key and its plan into a manifest; the others print names.")
    title = f"{count:,} keys in {server.bucket.folders} folders{delay}"
    return Outcome(title, metric, per_object(count), series, notes, is_race=True)


def _listed(
    contender: Contender, server: Server, check: Callable[[int, Path], None], scratch: Path
) -> Sample:
    sample = run(contender.order(Place(server, scratch)), scratch)
    check(server.bucket.count, scratch / "output")
    return sample


def first_byte(setting: Setting) -> Outcome:
    """Measure from the start of the process until the first file has a byte."""
    with _million(setting, "first-byte") as server:
        # rclone lists everything first: two minutes a run
        s5cmd = found(setting.tools, "s5cmd", S5CMD.candidates(server.bucket))

        def prepare(one: Contender) -> Trial:
            return Trial(one.name, partial(_started, one, server))

        trials, notes = qualify(setting, "first-byte", contenders.ossh(), [s5cmd], prepare)
        trials.append(prepare(contenders.ossh_line()))
        series = play("first-byte", trials, setting.runs, setting.root)
        count = server.bucket.count
    metric = Metric("s to the first byte", lambda sample: sample.first_seconds or 0.0)
    notes.append("Measured from the start of the process, which is then interrupted.")
    return Outcome(f"a bucket of {count:,} objects", metric, CPU, series, notes)


def _started(contender: Contender, server: Server, scratch: Path) -> Sample:
    place = Place(server, scratch)
    accepted = (*range(256), *range(-64, 0))  # an interrupted tool ends as it likes
    order = replace(contender.order(place), until=place.target, accepted=accepted)
    sample = run(order, scratch)
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
        run(contenders.ossh("ossh", "--quiet").order(place), place.scratch)
        check_manifest(server.bucket, place.manifest, "done")
        trial = Trial("ossh, again", partial(_again, place))
        series = play("finished", [trial], setting.runs, setting.root)
    notes = ["Every file's size and mtime are checked; no page is listed again, which is verified."]
    title = f"`get` on a finished job of {count:,}"
    return Outcome(title, SECONDS, per_object(count), series, notes)


def _again(place: Place, scratch: Path) -> Sample:
    before = place.server.listings()
    job = str(place.manifest.with_suffix(".toml"))
    # its home is another than the first run's, where the job was made
    sample = run(place.ossh("--trust", job, "-c", "get"), scratch)
    if place.server.listings() > before + 1:  # for one key: whether the bucket is where it was
        raise FailedError("listed the bucket again")
    check_manifest(place.bucket, place.manifest, "done")
    return sample
