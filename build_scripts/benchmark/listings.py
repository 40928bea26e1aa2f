"""The workloads that list, plan or recheck a bucket of a million keys."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmark import contenders
from benchmark.checks import check_lines, check_manifest
from benchmark.choices import found
from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.measure import FailedError, Order, Sample, run, tail
from benchmark.peers import S5CMD, listers
from benchmark.qualifying import qualify
from benchmark.rounds import Cost, Metric, Outcome, Trial, play, say
from benchmark.server import Server
from benchmark.setting import Setting

KEYS = 1_000_000
PER_FOLDER = 10_000
SIZE = 16  # bytes; on tmpfs a file takes a page of 4 KiB whatever it holds

SECONDS = Metric("s", lambda sample: sample.seconds)


@contextmanager
def _million(setting: Setting, name: str, *, delay_ms: int = 0) -> Iterator[Server]:
    """Serve a bucket of a million small objects."""
    count = setting.scaled(KEYS)
    per_folder = max(1, min(PER_FOLDER, count // 100))
    say(f"{name}: making a listing of {count:,} keys")
    bucket = setting.make(Bucket(name, count, SIZE, per_folder, is_shared=True))
    try:
        with setting.serving(bucket, delay_ms=delay_ms) as server:
            yield server
    finally:
        shutil.rmtree(setting.root / name, ignore_errors=True)


def _list(name: str, delay_ms: int) -> Callable[[Setting], Outcome]:
    def work(setting: Setting) -> Outcome:
        with _million(setting, name, delay_ms=delay_ms) as server:
            ours = contenders.ossh("ossh get --dry-run", "--dry-run")

            def prepare(one: Contender) -> Trial:
                is_ours = one.name == ours.name
                return Trial(one.name, (_planned if is_ours else _printed)(one, server))

            trials, notes = qualify(setting, name, ours, listers(setting.tools), prepare)
            series = play(name, trials, setting.runs, setting.root)
            count = server.bucket.count
        metric = Metric("keys/s", lambda sample: count / sample.seconds)
        delay = f", {delay_ms} ms added to each page" if delay_ms else ""
        notes.append("ossh writes every key and its plan into a manifest; the others print names.")
        title = f"{count:,} keys in {server.bucket.folders} folders{delay}"
        cost = Cost.per_object(count)
        return Outcome(name, title, metric, cost, series, notes, is_race=True)

    return work


def _planned(contender: Contender, server: Server) -> Callable[[Path], Sample]:
    def once(scratch: Path) -> Sample:
        sample = run(contender.order(Place(server, scratch)), scratch)
        said = (scratch / "output").read_text(encoding="utf-8", errors="replace")
        if f"{server.bucket.count:,} objects, " not in said:
            message = f"not {server.bucket.count:,} objects planned: {tail(scratch / 'output')}"
            raise FailedError(message)
        return sample

    return once


def _printed(contender: Contender, server: Server) -> Callable[[Path], Sample]:
    def once(scratch: Path) -> Sample:
        sample = run(contender.order(Place(server, scratch)), scratch)
        check_lines(server.bucket, scratch / "output")
        return sample

    return once


list_all = _list("list", 0)
list_delayed = _list("list-20ms", 20)


def first_byte(setting: Setting) -> Outcome:
    """Measure from the start of the process until the first file has a byte."""
    with _million(setting, "first-byte") as server:
        # rclone lists everything first: two minutes a run
        s5cmd = found(setting.tools, "s5cmd", S5CMD.candidates(server.bucket))

        def prepare(one: Contender) -> Trial:
            return Trial(one.name, _started(one, server))

        trials, notes = qualify(setting, "first-byte", contenders.ossh(), [s5cmd], prepare)
        trials.append(prepare(contenders.ossh_line()))
        series = play("first-byte", trials, setting.runs, setting.root)
        count = server.bucket.count
    metric = Metric("s to the first byte", _first_seconds)
    notes.append("Measured from the start of the process, which is then interrupted.")
    return Outcome("first-byte", f"a bucket of {count:,} objects", metric, Cost(), series, notes)


def _first_seconds(sample: Sample) -> float:
    return sample.first_seconds or 0.0


def _started(contender: Contender, server: Server) -> Callable[[Path], Sample]:
    def once(scratch: Path) -> Sample:
        place = Place(server, scratch)
        order = contender.order(place)
        accepted = (*range(256), *range(-64, 0))  # an interrupted tool ends as it likes
        sample = run(replace(order, until=place.target, accepted=accepted), scratch)
        if sample.first_seconds is None:
            message = "ended without a byte on disk"
            raise FailedError(message)
        return sample

    return once


def finished(setting: Setting) -> Outcome:
    """Measure `get` on a finished job of a million objects: it checks every file again."""
    count = setting.scaled(KEYS)
    setting.need(count * (4096 + 2048))
    with _million(setting, "finished") as server:
        kept = setting.root / "finished-job"
        kept.mkdir()
        try:
            place = Place(server, kept)
            say(f"finished: downloading {count:,} objects once")
            contender = contenders.ossh("ossh", "--quiet")
            run(contender.order(place), kept)
            check_manifest(server.bucket, place.manifest, "done")
            trial = Trial("ossh, again", lambda scratch: _again(place, scratch))
            series = play("finished", [trial], setting.runs, setting.root)
        finally:
            shutil.rmtree(kept, ignore_errors=True)
    notes = ["Every file's size and mtime are checked; no listing is requested, which is verified."]
    return Outcome(
        "finished",
        f"`get` on a finished job of {count:,}",
        SECONDS,
        Cost.per_object(count),
        series,
        notes,
    )


def _again(place: Place, scratch: Path) -> Sample:
    before = place.server.listings()
    job = str(place.manifest.with_suffix(".toml"))
    command = contenders.ossh_command(place, job, "-c", "get")
    sample = run(Order(command, place.environ, has_terminal=True), scratch)
    if place.server.listings() != before:
        message = "listed the bucket again"
        raise FailedError(message)
    check_manifest(place.bucket, place.manifest, "done")
    return sample
