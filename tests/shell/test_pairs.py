"""Any two options of get: both do what they say, or they are refused with the reason."""

import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pytest

from ossh import commands, demo
from ossh.command_line.verbs import Terminal
from ossh.commands.options import request_of
from ossh.console.argparse_internals import Parser, actions
from ossh.demo import DemoServer
from ossh.errors import OsshError, UsageError
from ossh.job import Job
from ossh.session import Session
from ossh.session.combinations import FILTERS
from ossh.session.jobs.running import preflight
from ossh.transfer.planning.preflight import Preflight
from ossh.transfer.run import Run
from ossh.transfer.watching import Phase
from tests import usual
from tests.reports import put_report, row
from tests.shell.conftest import Driver
from tests.zips import zipped

OBJECTS = ("logs/a.gz", "logs/sub/b.gz", "logs/sub/c.csv")
NO_PROGRAM = "no-such-program"
NOWHERE = "no-address"


@dataclass
class Seen:
    """What came of a command line."""

    folder: Path
    session: Session
    out: Path
    told: str = ""  # on stderr
    error: OsshError | None = None
    plan: Job | None = None  # what an archive was made of

    @property
    def run(self) -> Run:
        background = self.session.runs.unreported
        run = background[0].run if background else self.session.run
        assert run is not None
        return run

    @property
    def job(self) -> Job:
        return self.plan or self.run.job

    @property
    def lines(self) -> list[str]:
        return self.out.read_text("utf-8").splitlines()

    @property
    def files(self) -> set[str]:
        """Return the names of what was fetched."""
        if self.plan is not None:
            with tarfile.open(self.out) as archive:
                return set(archive.getnames())
        folder = self.job.directory
        found = (
            one for one in folder.rglob("*") if one.is_file() and one.suffix in {".gz", ".csv"}
        )
        return {one.relative_to(folder).as_posix() for one in found}

    @property
    def is_plan(self) -> bool:
        return self.plan is None and self.run.preflight is not None

    def has_names(self, wanted: Callable[[str], bool]) -> bool:
        return self.is_plan or all(map(wanted, self.files))


Shows = Callable[[Seen], bool]


@dataclass(frozen=True)
class Sample:
    """An option as it may be typed, and how it shows that it was not ignored."""

    words: tuple[str, ...]
    shows: Shows
    names: tuple[str, ...] = ("logs/",)


def _filter(name: str, text: str) -> Sample:
    option = {"storage_class": "--class"}.get(name, f"--{name.replace('_', '-')}")
    return Sample((option, text), lambda seen: bool(getattr(seen.job.selection, name)))


def _is_json(seen: Seen) -> bool:
    told = [json.loads(line) for line in seen.lines]
    return len(told) == 1 if seen.is_plan else told[-1]["event"] == "summary"


def _told_of_program(seen: Seen) -> bool:
    problems = [one.problem for one in seen.session.runs.unreported]
    return NO_PROGRAM in "".join([seen.told, *problems])


SAMPLES = {
    "--to": Sample(("--to", "there"), lambda seen: seen.job.directory == seen.folder / "there"),
    "--as": Sample(
        ("--as", "mine.gz"), lambda seen: seen.job.target.file == "mine.gz", OBJECTS[:1]
    ),
    "--name": Sample(("--name", "named"), lambda seen: seen.job.path.stem.startswith("named")),
    "--from": Sample(("--from", "../keys.txt"), lambda seen: bool(seen.job.keys), names=()),
    "--inventory": Sample(
        ("--inventory", "oss://reports/weekly/"), lambda seen: bool(seen.job.inventory), names=()
    ),
    "--flat": Sample(("--flat",), lambda seen: seen.has_names(lambda name: "/" not in name)),
    "--strip-prefix": Sample(
        ("--strip-prefix", "2"), lambda seen: seen.has_names(lambda name: "/" not in name)
    ),
    "--shard": Sample(("--shard", "1/2"), lambda seen: str(seen.job.selection.shard) == "1/2"),
    "--version-id": Sample(
        ("--version-id", "v1"), lambda seen: seen.job.version_id == "v1", OBJECTS[:1]
    ),
    "--links": Sample(("--links",), lambda seen: seen.job.target.links == "record"),
    "--adopt": Sample(("--adopt",), lambda seen: seen.run.adopts),
    "--replace": Sample(("--replace",), lambda seen: seen.job.target.existing == "replace"),
    "--durable": Sample(("--durable",), lambda seen: seen.job.transfer.durable),
    "--mirror": Sample(("--mirror",), lambda seen: seen.job.target.mirror),
    "--max-gone": Sample(
        ("--max-gone", "90%", "--mirror"), lambda seen: seen.job.target.max_gone == "90%"
    ),
    # refused when the run is made, before anything else can show
    "--dask": Sample(("--dask", NOWHERE), lambda seen: "ask" in str(seen.error)),
    "--follow": Sample(("--follow",), lambda seen: seen.run.is_endless),
    "--every": Sample(
        ("--every", "1h", "--follow"), lambda seen: vars(seen.run)["_every"] == 3600.0
    ),
    "--on-done": Sample(("--on-done", NO_PROGRAM), _told_of_program),
    "--wait-restore": Sample(("--wait-restore",), lambda seen: seen.run.polls is not None),
    "--connections": Sample(
        ("--connections", "3"), lambda seen: seen.job.transfer.connections == 3
    ),
    "--rate": Sample(("--rate", "1GiB"), lambda seen: seen.job.transfer.rate == 1 << 30),
    "--tar": Sample(("--tar", "-"), lambda seen: bool(seen.files)),
    "--dry-run": Sample(
        ("--dry-run",), lambda seen: seen.is_plan and not any(seen.folder.rglob("*.gz"))
    ),
    "--background": Sample(("--background",), lambda seen: bool(seen.session.runs.unreported)),
    "--json": Sample(("--json",), _is_json),
    "--suffix": _filter("suffix", ".gz,.csv"),
    "--glob": _filter("glob", "**/*.*"),
    "--include": _filter("include", "*.*"),
    "--exclude": _filter("exclude", "*.tmp"),
    "--min-size": _filter("min_size", "1"),
    "--max-size": _filter("max_size", "1MiB"),
    "--newer": _filter("newer", "3650d"),
    "--older": _filter("older", "1s"),
    "--regex": _filter("regex", "logs"),
    "--class": _filter("storage_class", "Standard"),
    "--keys-from": Sample(("--keys-from", "../keys.txt"), lambda seen: bool(seen.job.keys)),
}


class _Console(Terminal):
    """A terminal whose stdout is a file."""

    def __init__(self, session: Session, out: TextIO) -> None:
        super().__init__(session)
        self._out = out

    @property
    def stdout(self) -> TextIO:  # type: ignore[override]  # as in Terminal
        return self._out


@pytest.fixture(scope="module")
def bucket() -> Iterator[DemoServer]:
    with demo.start(empty=True) as server:
        server.add_bucket("reports")
        for version in ("v1", "v2"):
            for key in OBJECTS:
                server.put(key, f"{key} {version}".encode(), headers={"x-oss-version-id": version})
        rows = [row(server, key, f"{key} v2".encode()) for key in OBJECTS]
        put_report(server, [rows], home="reports", folder="weekly/")
        yield server


def _ended(session: Session) -> None:
    """Wait for runs in the background; end what would go on for ever."""
    for one in session.runs.alive:
        while one.is_alive():
            if one.run.progress.phase is Phase.IDLE:
                one.stop()
            one.join(0.01)


def _end_when_idle(session: Session, is_over: threading.Event) -> None:
    while not is_over.wait(0.01):
        run = session.run
        if run is not None and run.is_endless and run.progress.phase is Phase.IDLE:
            run.stop()


def _type(server: DemoServer, folder: Path, *options: str) -> Seen:
    """Do what `get` with some options does, and return what came of it."""
    folder.mkdir()
    os.chdir(folder)
    samples = [SAMPLES[one] for one in options]
    # none, or those of a single object, where one of them asks for that
    names = min((one.names for one in samples), key=lambda one: (len(one), one == ("logs/",)))
    words = [*names, *(word for one in samples for word in one.words)]
    get, session = commands.named("get"), usual.session(server, folder)
    seen = Seen(folder, session, folder / "out")
    is_over = threading.Event()
    watcher = threading.Thread(target=_end_when_idle, args=(session, is_over))
    watcher.start()
    with seen.out.open("w", encoding="utf-8") as out, (folder / "err").open("w+") as err:
        with redirect_stderr(err):
            args = get.parser(Parser).parse_args(words)
            try:
                get.run(_Console(session, out), args)
                _ended(session)
            except OsshError as error:
                seen.error = error
        err.seek(0)
        seen.told = err.read()
    is_over.set()
    watcher.join()
    if seen.error is None and "--tar" in options:
        sheet = Preflight(looks_around=False)
        with preflight(session, request_of(session, args), sheet, is_for_stream=True) as plan:
            plan.join()
            seen.plan = plan.job
    if seen.error is None and "--dry-run" in options:
        with preflight(session, request_of(session, args), Preflight(), adopts=args.adopt) as plan:
            plan.join()
            session.run = plan  # what the command planned, and left nothing of
    return seen


@pytest.fixture(autouse=True)
def _standing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys.txt").write_text("logs/a.gz\nlogs/sub/b.gz\n", "utf-8")


def test_each_option_of_get_has_a_sample() -> None:
    parser = commands.named("get").parser(Parser)
    options = {one.option_strings[-1] for one in actions(parser) if one.option_strings}

    assert options - {"--help"} == set(SAMPLES)


@pytest.mark.parametrize("option", SAMPLES)
def test_each_option_shows_that_it_is_not_ignored(
    bucket: DemoServer, tmp_path: Path, option: str
) -> None:
    seen = _type(bucket, tmp_path / "one", option)

    assert SAMPLES[option].shows(seen), seen


@pytest.mark.parametrize("first", SAMPLES)
def test_any_two_options_work_together_or_are_refused_with_the_reason(
    bucket: DemoServer, tmp_path: Path, first: str
) -> None:
    options = list(SAMPLES)
    problems = []
    for number, second in enumerate(options[options.index(first) + 1 :]):
        seen = _type(bucket, tmp_path / str(number), first, second)
        if problem := _problem(seen, first, second):
            problems.append(f"{first} {second}: {problem}")

    assert problems == []


def _problem(seen: Seen, first: str, second: str) -> str:
    """Return what is wrong about two options together; "" for nothing."""
    error = seen.error
    if error is not None and NOWHERE not in str(error) and "Dask" not in str(error):
        is_told = isinstance(error, UsageError) and (first in str(error) or second in str(error))
        left = {one.name for one in seen.folder.iterdir()} - {"out", "err"}
        if not (is_told and error.hint):
            return f"{error!r} says not why"
        return f"refused, but left {left}" if left else ""
    shown = [one for one in (first, second) if error is None or one == "--dask"]
    ignored = [one for one in shown if not SAMPLES[one].shows(seen)]
    return f"ignores {' and '.join(ignored)}" if ignored else ""


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("failures --by cause --csv f", "--by and --csv cannot be combined"),
        ("failures --csv f --limit 1", "--csv and --limit cannot be combined"),
        ("failures --csv f --json", "--csv and --json cannot be combined"),
        ("failures --by cause --sort key", "--by and --sort cannot be combined"),
        ("get logs/ --every 5m", "--every needs --follow"),
        ("get logs/ --dry-run --follow", "--dry-run and --follow cannot be combined"),
        ("get logs/ --dry-run --on-done x", "--dry-run and --on-done cannot be combined"),
        ("get logs/ --dry-run --dask tcp://h:1", "--dry-run and --dask cannot be combined"),
        ("get logs/ --inventory x", "a name and --inventory cannot be combined"),
        ("preview --inventory x --keys-from y", "--inventory and --keys-from cannot be combined"),
        ("save --flat --strip-prefix 1", "--flat and --strip-prefix cannot be combined"),
        ("ls --versions --deleted", "--versions and --deleted cannot be combined"),
        ("ls --deleted -t", "--deleted and --sort cannot be combined"),
    ],
)
def test_so_it_is_with_other_commands(say: Driver, line: str, why: str) -> None:
    say("get logs/2026/01/ --to x")
    before = set(say.folder.iterdir())

    said = say(line)

    assert said.status == 2
    assert why in said.err
    assert "hint: " in said.err
    assert set(say.folder.iterdir()) == before


@pytest.mark.parametrize(
    "option",
    [
        *("--on-done x", "--dask tcp://h:1", "--wait-restore", "--durable", "--rate 1", "--json"),
        "--adopt",
    ],
)
def test_a_job_that_is_paused_takes_no_new_options(fresh: Driver, option: str) -> None:
    fresh.server.put("logs/held", b"h" * 100)
    fresh.server.fault("hold", key="logs/held")
    fresh("get logs/ --to x --background")
    fresh("pause x")

    said = fresh(f"resume x {option}")

    assert said.status == 2
    assert f"{option.partition(' ')[0]} does not work for a job that is paused" in said.err
    assert "hint: 'stop' it, then 'resume' it with" in said.err
    fresh.server.clear_faults()
    fresh.shell.park()


def test_no_option_of_get_is_ignored_for_members_of_an_archive(
    bucket: DemoServer, tmp_path: Path
) -> None:
    bucket.put("data.zip", zipped({"a.gz": b"a"}), bucket="reports")
    taken = {"--to", "--as", "--from", "--inventory", "--version-id", *FILTERS}

    for number, (option, sample) in enumerate(SAMPLES.items()):
        if option in taken:
            continue
        session = usual.session(bucket, tmp_path / str(number))
        args = (
            commands.named("get")
            .parser(Parser)
            .parse_args(["oss://reports/data.zip/", *sample.words])
        )
        with pytest.raises(UsageError, match=r"members of a ZIP|cannot be combined"):
            commands.named("get").run(Terminal(session), args)
