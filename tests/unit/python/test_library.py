"""ossh from Python, as a user writes it: scripts in processes of their own, public names only."""

import errno
import gc
import inspect
import os
import pickle
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal

import pytest
from terminal import Terminal

import ossh
from ossh.demo import DemoServer, start
from ossh.job import save
from tests.integration.rig import mount, unmount
from tests.shell.forward_proxy import forward_proxy
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "library.md"
EXAMPLES = {
    title: (script, printed)
    for title, script, printed in re.findall(
        r"(?ms)^## ([^\n]+)\n(?:(?!^## ).)*?^```python\n(.*?)^```\n(?:```text\n(.*?)^```)?",
        GUIDE.read_text(encoding="utf-8"),
    )
}
FIRST = "A job in ten lines"
# What the guide's example uses of PyTorch, which is not installed: workers that are not forked.
TORCH = """
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Generic, TypeVar

Item = TypeVar("Item")

@dataclass
class Worker:
    id: int
    num_workers: int

worker: Worker | None = None

def get_worker_info() -> Worker | None:
    return worker

class IterableDataset(Generic[Item]):
    def __iter__(self) -> Iterator[Item]:
        raise NotImplementedError

@dataclass
class DataLoader(Generic[Item]):
    dataset: IterableDataset[Item]
    batch_size: None
    num_workers: int

    def __iter__(self) -> Iterator[Item]:
        workers = [Worker(number, self.num_workers) for number in range(self.num_workers)]
        datasets = [self.dataset] * len(workers)
        with ProcessPoolExecutor(len(workers), get_context("spawn")) as pool:
            for share in pool.map(_share, datasets, workers):
                yield from share

def _share(dataset: IterableDataset[Item], one: Worker) -> list[Item]:
    global worker
    worker = one
    return list(dataset)
"""
BESIDE = GUIDE.read_text(encoding="utf-8").split("```python\n")[1].split("```\n")[0]  # runs any


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with start() as running:
        yield running


@pytest.fixture
def keys(server: DemoServer) -> dict[str, str]:
    """Return the environment of a user whose keys are the server's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OSS_", "ALIBABA_CLOUD"))
    }
    return kept | {
        "OSS_ACCESS_KEY_ID": server.access_key_id,
        "OSS_ACCESS_KEY_SECRET": server.access_key_secret,
        "OSS_ENDPOINT": server.endpoint,
        "OSS_REGION": server.region,
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
    }


@pytest.fixture
def here(keys: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let this very process be the user's, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_ENDPOINT", "OSS_REGION"):
        monkeypatch.setenv(name, keys[name])
    return tmp_path


# What a type checker knows of the public names, and what it refuses.
TYPED = """
from dataclasses import replace
from pathlib import Path
from typing import assert_type

import ossh
from ossh.store.object_file import ObjectFile

def keys() -> ossh.Credentials | None:
    return None

def hear(progress: ossh.Progress) -> None:
    assert_type(progress.phase, ossh.Phase)

options = ossh.Options(endpoint="https://oss.example.com", anonymous=True)
chosen = ossh.Selection(suffix=".gz", min_size="1MiB", newer="7d")
summary = ossh.download("oss://b/", Path(), chosen, options=options, on_progress=hear)
assert_type(summary, ossh.Summary)
assert_type(ossh.open("oss://b/k"), ObjectFile)
assert_type(ossh.open("oss://b/k", verify=True).read(1), bytes)
assert_type(ossh.open("oss://b/k", "r", encoding="utf-8").read(), str)
for info in ossh.walk("oss://b/", credentials=keys):
    assert_type(info, ossh.ObjectInfo)
job = ossh.load("j.toml")
job = replace(job, transfer=replace(job.transfer, connections=16))
with ossh.fetch(job, retry=True) as run:
    for progress in run:
        assert_type(progress, ossh.Progress)
assert_type(run.result().by_cause, tuple[tuple[str, int, str], ...])
for entry in run.failures():
    assert_type(entry.failure, ossh.Failure | None)
assert_type(ossh.ManifestReader(job.manifest_path).entry("k"), ossh.Entry | None)
assert_type(ossh.StoreError("no").code, str)
fs = ossh.filesystem()
assert_type(fs.cat(fs.find("b/")), dict[str, bytes])
ossh.filesystem(options=options, credentials=keys, anon=True, verify=True, cache_options={})
ossh.filesystem(endpont="x")  # type: ignore[call-arg]
ossh.filesystem(region=3)  # type: ignore[arg-type]
ossh.Options(endpont="x")  # type: ignore[call-arg]
ossh.Selection(sufix="x")  # type: ignore[call-arg]
ossh.walk("oss://b/", selecton=chosen)  # type: ignore[call-arg]
ossh.open("oss://b/k", "w")  # type: ignore[call-overload]
ossh.open("oss://b/k", "rb", encoding="utf-8")  # type: ignore[call-overload]
ossh.downlod("oss://b/", "d")  # type: ignore[attr-defined]
ossh.download("oss://b/", "d", on_progress=len)  # type: ignore[arg-type]
"""


def put_torch(folder: Path) -> None:
    """Let scripts of a folder import what stands in for PyTorch."""
    data = folder / "torch" / "utils" / "data.py"
    data.parent.mkdir(parents=True)
    data.write_text(TORCH, encoding="utf-8")
    for package in data.parents[:2]:
        (package / "__init__.py").touch()


def run_script(
    text: str, folder: Path, keys: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, path.name],
        cwd=folder,
        env=dict(keys),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=110,
        check=False,
    )


def test_the_examples_of_the_guide_run_one_after_the_other_and_print_what_they_say(
    keys: dict[str, str], tmp_path: Path
) -> None:
    put_torch(tmp_path)

    said = {title: run_script(script, tmp_path, keys) for title, (script, _) in EXAMPLES.items()}

    assert {title: one.stderr for title, one in said.items() if one.returncode} == {}
    assert {title: one.stdout for title, one in said.items()} == {
        title: printed for title, (_, printed) in EXAMPLES.items()
    }


def test_the_guide_has_an_example_of_each_kind() -> None:
    scripts = GUIDE.read_text(encoding="utf-8").count("```python")

    assert len(EXAMPLES) == scripts - 1 > 9  # without the one that runs any of them


def test_the_guide_is_one_page_and_its_dataset_twenty_lines() -> None:
    assert len(GUIDE.read_text(encoding="utf-8").split()) <= 1800
    assert len(EXAMPLES["Training data"][0].splitlines()) <= 20


def test_the_guide_names_each_way_to_choose_and_to_connect() -> None:
    rows = dict(re.findall(r"(?m)^\| `ossh\.(\w+)` \| (.*) \|$", GUIDE.read_text(encoding="utf-8")))

    for cls in (ossh.Options, ossh.Selection):
        named = re.findall(r"`(\w+)`", rows[cls.__name__])
        assert {*named} == {one.name for one in fields(cls)} - {"keys_from"}  # which a job reads


@pytest.mark.parametrize("title", [FIRST, "Training data"])
def test_whoever_has_no_account_runs_an_example_as_the_guide_says(
    keys: dict[str, str], tmp_path: Path, title: str
) -> None:
    put_torch(tmp_path)
    script, printed = EXAMPLES[title]
    (tmp_path / "example.py").write_text(script, encoding="utf-8")
    nobody = {name: value for name, value in keys.items() if not name.startswith("OSS_")}

    said = run_script(BESIDE, tmp_path, nobody)

    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == printed


def test_a_users_scripts_are_typed_strictly(tmp_path: Path) -> None:
    put_torch(tmp_path)
    scripts = []
    for number, script in enumerate([BESIDE, TYPED, *(one for one, _ in EXAMPLES.values())]):
        scripts.append(tmp_path / f"script_{number}.py")
        scripts[-1].write_text(script, encoding="utf-8")

    told = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
            *("--config-file=", f"--cache-dir={tmp_path / 'cache'}", "--scripts-are-modules"),
            *map(str, scripts),
        ],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": os.pathsep.join([str(ROOT), str(tmp_path)])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stdout + told.stderr


def test_every_name_that_is_exported_is_there_and_listed() -> None:
    exported: list[str] = vars(ossh)["__all__"]  # made from a table, so no type checker sees it

    assert exported == sorted(exported)
    assert all(getattr(ossh, name) is not None for name in exported)
    assert set(exported) <= set(dir(ossh))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = ossh.nothing  # type: ignore[attr-defined]


def test_to_import_it_loads_nothing_else(keys: dict[str, str], tmp_path: Path) -> None:
    script = "import sys, ossh\nprint([name for name in sys.modules if name.startswith('ossh.')])"

    assert run_script(script, tmp_path, keys).stdout == "[]\n"


@pytest.mark.usefixtures("here")
def test_a_glob_says_the_same_in_an_address_and_in_a_selection() -> None:
    address = "oss://demo-bucket/logs/"
    selection = ossh.Selection(glob=("*/0?/*-01.log.gz",))
    job = ossh.new_job(f"{address}*/0?/*-01.log.gz", "logs")

    assert (job.source.prefix, job.selection) == ("logs/", selection)
    assert ossh.new_job(address, "logs", selection).selection == selection
    assert [info.key.rpartition("/")[2] for info in ossh.walk(address, selection)] == [
        "access-2026-01-01.log.gz",
        "access-2026-02-01.log.gz",
    ]


def test_the_same_wish_is_the_same_job_and_another_one_is_another(here: Path) -> None:
    address = "oss://demo-bucket/dataset/"
    list(ossh.fetch(ossh.new_job(address, "data")))

    again = ossh.new_job(address, "data")
    other = ossh.new_job(address, "data", ossh.Selection(suffix=(".csv.gz",)))

    assert again.path == here / "jobs" / "data.toml"
    assert other.name == "data-2"
    [_, *_] = ossh.fetch(again)
    with pytest.raises(ossh.UsageError, match="there is already a job 'data'"):
        ossh.new_job(address, "data", ossh.Selection(min_size=1), name="data")


@pytest.mark.usefixtures("here")
def test_a_run_whose_loop_was_left_may_be_iterated_to_its_end() -> None:
    run = ossh.fetch(ossh.new_job("oss://demo-bucket/photos/", "photos"))
    for _progress in run:
        break
    left = run.result().ended

    for _progress in run:
        pass

    assert (left, run.result().ended, run.result().status) == ("stopped", "done", 0)
    assert [one.outcome for one in ossh.ManifestReader(run.job.manifest_path).runs()][-1] == "done"


def test_an_exception_in_the_loop_parks_and_goes_on_its_way(here: Path) -> None:
    run = ossh.fetch(ossh.new_job("oss://demo-bucket/video/", here / "video"))

    with pytest.raises(ZeroDivisionError), run:
        _ = [1 / 0 for _ in run]

    assert (run.result().ended, run.result().status) == ("stopped", 130)
    assert run.progress.phase is ossh.Phase.ENDED


WAITS = """
import os, signal, threading, time, ossh
signal.signal(signal.SIGINT, signal.default_int_handler)
run = ossh.fetch(ossh.new_job("oss://demo-bucket/video/", "video"))
run.controls = ossh.Controls(bytes_per_second=2_000_000)
run.start()

def interrupt():
    while run.progress.bytes_done < 100_000:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    run.result()
except KeyboardInterrupt:
    print("interrupted", run.is_alive())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process there gets no Ctrl-C of its own")
@pytest.mark.parametrize("then", ["run.controls = ossh.Controls()", "run.stop()"])
def test_ctrl_c_ends_the_wait_for_a_result_and_not_the_run(
    keys: dict[str, str], tmp_path: Path, then: str
) -> None:
    said = run_script(f"{WAITS}\n{then}\nprint(run.result().ended)", tmp_path, keys)

    ended = "stopped" if "stop" in then else "done"
    assert (said.stderr, said.stdout) == ("", f"interrupted True\n{ended}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="as above")
def test_after_ctrl_c_the_end_of_the_block_stops_the_run(
    keys: dict[str, str], tmp_path: Path
) -> None:
    script = f"{WAITS}\nwith run:\n    pass\nprint(run.is_alive(), run.result().ended)"

    said = run_script(script, tmp_path, keys)

    assert (said.stderr, said.stdout) == ("", "interrupted True\nFalse stopped\n")


def test_what_keeps_a_run_from_going_on_is_raised_where_it_is_iterated(here: Path) -> None:
    job = ossh.new_job("oss://demo-bucket/web/", "web")
    with ossh.fetch(job) as first:
        steps = iter(first)
        next(steps)

        with pytest.raises(ossh.JobLockedError):
            list(ossh.fetch(job))

    assert (here / "jobs" / "web.toml").exists()


def test_a_run_has_no_result_before_it_ran_and_a_threads_error_is_raised(here: Path) -> None:
    job = ossh.new_job("oss://demo-bucket/web/", here / "web")
    run = ossh.fetch(job)
    with pytest.raises(ossh.UsageError, match="no result yet"):
        run.result()
    with pytest.raises(ossh.ManifestError) as raised:
        list(run.failures())
    assert raised.value.hint == "'ossh.fetch(job)' lists the source and writes it"
    job.manifest_path.write_bytes(b"no manifest")

    run.start()

    with pytest.raises(ossh.ManifestError, match="not a manifest"):
        run.result()


def test_a_folder_that_cannot_be_written_is_called_by_the_name_it_was_given(here: Path) -> None:
    (here / "file").touch()

    with pytest.raises(ossh.LocalError, match="cannot write to target 'file/out': ") as raised:
        ossh.download("oss://demo-bucket/logs/", "file/out")

    assert "choose another folder" in (raised.value.hint or "")


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can remove it there")
@pytest.mark.parametrize("call", [ossh.download, ossh.new_job])
def test_a_current_directory_that_is_gone_is_one_error(
    here: Path, call: Callable[..., object]
) -> None:
    (here / "gone").mkdir()
    os.chdir(here / "gone")  # `here` goes back
    (here / "gone").rmdir()

    with pytest.raises(ossh.LocalError, match="the current directory is no longer there"):
        call("oss://demo-bucket/logs/", "out")


def test_what_was_refused_for_good_is_tried_again_when_asked_for(
    here: Path, server: DemoServer
) -> None:
    server.put("refused/a.txt", b"a")
    job = ossh.new_job("oss://demo-bucket/refused/", here / "refused")
    server.fault("status", key="refused/*", status=403)
    with ossh.fetch(job) as run:
        list(run)
    [failed] = run.failures()
    server.clear_faults()

    list(ossh.fetch(job))
    [still] = run.failures()
    list(ossh.fetch(job, retry=True))

    assert failed.failure is not None
    assert failed.failure.cause is ossh.Cause.DENIED
    assert still.failure == failed.failure
    assert list(run.failures()) == []


@pytest.mark.usefixtures("here")
def test_what_is_denied_is_denied_for_python_too(server: DemoServer) -> None:
    server.put("denied/a.txt", b"a")
    server.put("denied/later.txt", b"a")

    def wrong() -> ossh.Credentials:
        return ossh.Credentials("nobody", "nothing")

    later = ossh.open("oss://demo-bucket/denied/later.txt")
    server.fault("status", key="denied/*", status=403)
    for use in (
        lambda: list(ossh.walk("oss://demo-bucket/", credentials=wrong)),
        lambda: ossh.new_job("oss://demo-bucket/", "out", credentials=wrong),
        lambda: ossh.download("oss://demo-bucket/", "out", credentials=wrong),
        lambda: ossh.open("oss://demo-bucket/denied/a.txt"),
        later.read,
    ):
        with pytest.raises(PermissionError) as raised:
            use()
        assert isinstance(raised.value, ossh.StoreError)
        assert raised.value.hint
        assert raised.value.code
        assert raised.value.request_id
    server.clear_faults()


def test_without_keys_nobody_may(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(here))
    for name in ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"):
        monkeypatch.delenv(name)

    with pytest.raises(PermissionError, match="no credentials found") as raised:
        ossh.open("oss://demo-bucket/readme.txt")

    assert isinstance(raised.value, ossh.StoreError)
    assert "or connect with options=ossh.Options(anonymous=True)" in (raised.value.hint or "")
    assert "'connect'" not in (raised.value.hint or "")


def test_what_stops_a_run_says_what_python_does_about_it(here: Path, server: DemoServer) -> None:
    server.put("stop/a.txt", b"a")
    job = ossh.new_job("oss://demo-bucket/stop/", here / "stop")
    server.fault("status", key="stop/*", status=404, code="NoSuchBucket")
    run = ossh.fetch(job)
    list(run)
    with pytest.raises(FileNotFoundError, match="cannot download 'oss:") as raised:
        ossh.download("oss://demo-bucket/stop/", here / "other")
    server.clear_faults()

    assert run.result().hint == "check the bucket's name; 'ossh buckets' lists yours"
    assert isinstance(raised.value, ossh.StoreError)
    assert (raised.value.code, raised.value.hint) == ("NoSuchBucket", run.result().hint)


def test_what_to_do_about_a_failure_is_a_call_like_the_one_that_failed(here: Path) -> None:
    (here / "out" / "readme.txt").mkdir(parents=True)
    run = ossh.fetch(ossh.new_job("oss://demo-bucket/readme.txt", "out"))
    list(run)

    [(cause, _count, advice)] = run.result().by_cause
    summary = ossh.download("oss://demo-bucket/readme.txt", "out", check=False)

    assert (cause, summary.by_cause[0][0]) == ("local-conflict", "local-conflict")
    to_do = "move or rename what is in the way yourself, or choose another directory=; then "
    assert advice == f"{to_do}'ossh.fetch(job, retry=True)'"
    assert summary.by_cause[0][2] == f"{to_do}the same call"


@pytest.mark.usefixtures("here")
def test_the_environment_says_where_keys_of_ones_own_serve(server: DemoServer) -> None:
    def keys() -> ossh.Credentials:
        return ossh.Credentials(server.access_key_id, server.access_key_secret)

    address = "oss://demo-bucket/readme.txt"
    assert [info.key for info in ossh.walk(address, credentials=keys)] == ["readme.txt"]
    assert ossh.open(address, credentials=keys).read() == server.body("readme.txt")
    assert ossh.filesystem(credentials=keys).cat(address) == server.body("readme.txt")
    assert ossh.download(address, "out", credentials=keys).fetched == 1


@pytest.mark.usefixtures("here")
def test_the_run_goes_by_the_proxy_that_was_named_too() -> None:
    with forward_proxy() as proxy:
        options = ossh.Options(proxy=proxy.url)
        job = ossh.new_job("oss://demo-bucket/photos/", "photos", options=options)
        for use in (
            lambda: list(ossh.fetch(job, options=options)),
            lambda: ossh.download("oss://demo-bucket/photos/", "again", options=options),
            lambda: list(ossh.walk("oss://demo-bucket/photos/", options=options)),
            lambda: ossh.open("oss://demo-bucket/readme.txt", options=options).read(),
        ):
            proxy.asked.clear()
            use()
            assert proxy.asked


@pytest.mark.usefixtures("here")
def test_a_secret_in_an_option_is_refused_and_not_repeated() -> None:
    options = ossh.Options(proxy="http://me:hush@127.0.0.1:9")

    for use in (
        lambda: ossh.open("oss://demo-bucket/readme.txt", options=options),
        lambda: ossh.download("oss://demo-bucket/photos/", "photos", options=options),
    ):
        with pytest.raises(ossh.UsageError, match="password does not belong") as raised:
            use()
        assert "OSSH_PROXY_PASSWORD" in (raised.value.hint or "")
        assert "hush" not in str(raised.value) + (raised.value.hint or "")


@pytest.mark.usefixtures("here")
def test_keys_of_ones_own_may_say_themselves_where_they_serve(
    server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSS_ENDPOINT", "http://127.0.0.1:1")

    def keys() -> ossh.Credentials:
        made = ossh.Credentials(server.access_key_id, server.access_key_secret)
        return replace(made, endpoint=server.endpoint, region=server.region)

    assert ossh.open("oss://demo-bucket/readme.txt", credentials=keys).read(7) == b"Welcome"


UNTYPED: Any = ossh  # as whoever has no type checker writes it
USES: list[Callable[..., object]] = [
    lambda **how: ossh.open("oss://demo-bucket/readme.txt", **how),
    lambda **how: ossh.walk("oss://demo-bucket/photos/", **how),
    lambda **how: ossh.download("oss://demo-bucket/photos/", "photos", **how),
    lambda **how: ossh.new_job("oss://demo-bucket/photos/", "photos", **how),
    lambda **how: ossh.fetch(ossh.new_job("oss://demo-bucket/photos/", "photos"), **how),
]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    ("found", "kind", "message"),
    [
        (
            ossh.Credentials("LTAI1", "secret", "token\n"),
            ossh.UsageError,
            "token from credentials=",
        ),
        (ossh.Credentials("STS.1", "secret"), ossh.UsageError, "credentials= is a temporary one"),
        (ossh.Credentials("LTAI 1", "s", source="my vault"), ossh.UsageError, "from my vault"),
        (UNTYPED.Credentials("LTAI1", None), TypeError, "'access_key_secret' takes str, not None"),
        (("LTAI1", "secret"), TypeError, "returns ossh.Credentials\\(…\\) or None, not tuple"),
    ],
)
@pytest.mark.usefixtures("here")
def test_keys_of_ones_own_that_cannot_sign_are_refused(
    use: Callable[..., object], found: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message) as raised:
        use(credentials=lambda: found)

    assert "LTAI1" not in str(raised.value)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("user", ["profile", "ecs_role", "anonymous"])
@pytest.mark.usefixtures("here")
def test_only_one_says_who_asks(use: Callable[..., object], user: str) -> None:
    with pytest.raises(ossh.UsageError, match=f"either '{user}' or 'credentials', not both"):
        use(options=UNTYPED.Options(**{user: "x"}), credentials=lambda: None)


def test_keys_of_ones_own_are_in_the_place_of_those_that_a_job_names(
    here: Path, server: DemoServer
) -> None:
    def keys() -> ossh.Credentials:
        return ossh.Credentials(server.access_key_id, server.access_key_secret)

    job = ossh.new_job("oss://demo-bucket/photos/", here / "photos")
    of_profile = replace(job, source=replace(job.source, profile="unknown"))
    of_nobody = replace(job, source=replace(job.source, anonymous=True))

    assert [*ossh.fetch(of_profile, credentials=keys)][-1].done == 13
    with pytest.raises(ossh.UsageError, match="either 'anonymous' or 'credentials'"):
        ossh.fetch(of_nobody, credentials=keys)


@pytest.mark.parametrize("address", ["demo-bucket/logs", "oss:///logs", "oss://"])
def test_what_is_no_address_is_refused(here: Path, address: str) -> None:
    with pytest.raises(ossh.UsageError):
        ossh.new_job(address, here)
    with pytest.raises(ossh.UsageError):
        ossh.walk(address)


@pytest.mark.usefixtures("here")
class TestOpen:
    def test_only_what_is_read_is_fetched(self, server: DemoServer) -> None:
        server.put("large.bin", size=20_000_000)
        server.clear_requests()

        with ossh.open(f"oss://{server.bucket}/large.bin") as file:
            file.seek(-100, os.SEEK_END)
            assert file.read() == server.body("large.bin")[-100:]

        head, get = server.requests("large.bin")
        assert (head["method"], get["method"]) == ("HEAD", "GET")
        assert int(get["range"].split("-")[1]) - int(get["range"][6:].split("-")[0]) < 70_000

    def test_text_is_read_as_python_reads_it(self, server: DemoServer) -> None:
        server.put("text.txt", "grüß\r\n二\n".encode())

        with ossh.open("oss://demo-bucket/text.txt", "r") as file:
            assert list(file) == ["grüß\n", "二\n"]
        with ossh.open("oss://demo-bucket/text.txt", "rt", newline="") as file:
            assert file.readline() == "grüß\r\n"
        with ossh.open(
            "oss://demo-bucket/text.txt", "r", encoding="ascii", errors="ignore"
        ) as file:
            assert file.read() == "gr\n\n"

    @pytest.mark.parametrize("mode", ["w", "a", "x", "r+", "rb+", "wb", "br", ""])
    def test_another_mode_is_refused_by_name(self, mode: Literal["r"]) -> None:
        with pytest.raises(ossh.UsageError, match=re.escape(repr(mode))) as raised:
            ossh.open("oss://demo-bucket/readme.txt", mode)

        assert raised.value.hint == 'accepted: "r" (text), "rb" (bytes)'

    @pytest.mark.parametrize("name", ["encoding", "errors", "newline"])
    def test_how_text_is_read_is_not_said_of_bytes(self, name: str) -> None:
        text: Any = {name: ""}
        with pytest.raises(ossh.UsageError, match=f"{name}= is of text"):
            ossh.open("oss://demo-bucket/readme.txt", "rb", **text)

    @pytest.mark.parametrize("size", [0, 1, 3_000_000, 9_000_000, 40_000_000])
    def test_all_of_it_is_here_and_proved_before_the_first_byte_is_read(
        self, server: DemoServer, size: int
    ) -> None:
        server.put("whole.bin", size=size)
        whole = server.body("whole.bin")

        with ossh.open("oss://demo-bucket/whole.bin", verify=True) as file:
            server.put("whole.bin", b"another one")
            server.clear_requests()
            file.seek(-(size // 3), os.SEEK_END)
            assert file.read(100) == whole[size - size // 3 :][:100]
            file.seek(0)
            assert file.read() == whole
        assert server.requests("whole.bin") == []
        with pytest.raises(ValueError, match="closed"):
            file.read()

    @pytest.mark.parametrize("size", [1, 3_000_000, 40_000_000])
    @pytest.mark.parametrize("mode", ["rb", "r"])
    def test_wrong_bytes_are_found_before_anybody_sees_them(
        self,
        server: DemoServer,
        size: int,
        mode: Literal["rb"],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        server.put("wrong.bin", size=size)
        server.fault("corrupt", key="wrong.bin", offset=0)

        with pytest.raises(OSError, match=r"'wrong\.bin': the bytes received do not match"):
            ossh.open("oss://demo-bucket/wrong.bin", mode, verify=True)
        server.clear_faults()

        assert not [path for path in tmp_path.iterdir() if not path.name.endswith(".pem")]

    def test_what_nothing_proves_is_not_called_verified(self, server: DemoServer) -> None:
        server.put("unproved.txt", b"text", crc=False)

        assert ossh.open("oss://demo-bucket/unproved.txt").read() == b"text"
        with pytest.raises(OSError, match=r"'unproved\.txt' has no CRC64"):
            ossh.open("oss://demo-bucket/unproved.txt", verify=True)

    def test_without_a_place_for_temporary_files_it_says_so(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))

        with pytest.raises(ossh.LocalError, match="no such file or directory") as raised:
            ossh.open("oss://demo-bucket/readme.txt", verify=True)

        assert isinstance(raised.value, FileNotFoundError)
        assert "TMPDIR" in (raised.value.hint or "")

    @pytest.mark.skipif(sys.platform == "win32", reason="no limit of that kind there")
    def test_where_there_is_no_room_for_the_whole_it_says_so(
        self, keys: dict[str, str], tmp_path: Path, server: DemoServer
    ) -> None:
        server.put("large.bin", size=5_000_000)
        script = """
import resource, ossh
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    ossh.open("oss://demo-bucket/large.bin", verify=True)
except OSError as error:
    print(isinstance(error, ossh.LocalError), error)
"""
        said = run_script(script, tmp_path, keys)

        assert said.stderr == ""
        assert said.stdout.startswith("True cannot keep 'oss://demo-bucket/large.bin' in")

    @pytest.mark.parametrize("address", ["oss://demo-bucket/", "oss://demo-bucket", "oss://"])
    def test_a_bucket_is_no_object(self, address: str) -> None:
        with pytest.raises(ossh.UsageError, match="does not name an object"):
            ossh.open(address)


class TestDownload:
    def test_a_manifest_that_is_no_more_is_rebuilt_as_its_error_says(
        self, here: Path, keys: dict[str, str]
    ) -> None:
        ossh.download("oss://demo-bucket/web/", "web")
        [manifest] = (here / "web" / ".ossh" / "jobs").glob("*.sqlite")
        manifest.write_bytes(b"garbage" * 1000)

        with pytest.raises(ossh.ManifestError) as caught:
            ossh.download("oss://demo-bucket/web/", "web")
        [line] = re.findall("'ossh (.*)' sets it aside", caught.value.hint or "")
        words = [sys.executable, "-m", "ossh", *shlex.split(line)]
        subprocess.run(words, env=keys, check=True, capture_output=True)
        summary = ossh.download("oss://demo-bucket/web/", "web")

        assert (summary.ended, summary.counts.total) == ("done", 1)

    @pytest.mark.parametrize("lock", [".lock", "-call.lock"])
    def test_a_folder_that_it_chooses_itself_is_not_advised_to_be_another(
        self, here: Path, lock: str
    ) -> None:
        ossh.download("oss://demo-bucket/web/", "web")
        [job] = (here / "web" / ".ossh" / "jobs").glob("*.toml")
        job.with_name(f"{job.stem}{lock}").mkdir()

        with pytest.raises(ossh.LocalError, match="cannot lock") as caught:
            ossh.download("oss://demo-bucket/web/", "web")

        assert caught.value.hint == "the jobs folder must be writable"

    @pytest.mark.skipif(sys.platform == "win32", reason="mounts a disk in a folder")
    def test_a_target_that_became_read_only_is_named(self, here: Path) -> None:
        ossh.download("oss://demo-bucket/web/", "web")
        mount("--bind", "-o", "ro", "web", "web")
        try:
            with pytest.raises(ossh.LocalError, match="cannot write to target 'web': read-only"):
                ossh.download("oss://demo-bucket/web/", "web")
        finally:
            unmount(here / "web")

    def test_a_prefix_arrives_with_its_job_beside_it_alone(self, here: Path) -> None:
        summary = ossh.download("oss://demo-bucket/photos/", "photos")

        assert (summary.ended, summary.fetched) == ("done", 13)
        kept = [path.name for path in (here / "photos" / ".ossh").rglob("*") if path.is_file()]
        assert sorted(name.partition(".")[2] for name in kept) == ["sqlite", "toml"]
        assert not (here / "jobs").exists()
        assert ossh.download("oss://demo-bucket/photos/", "photos").fetched == 0

    def test_filters_are_texts_as_at_the_prompt(self, here: Path) -> None:
        chosen = ossh.Selection(suffix=".gz", min_size="16KiB", newer="2026-02-01T00:00:00Z")
        ossh.download("oss://demo-bucket/logs/2026/", "logs", chosen)

        arrived = [path for path in (here / "logs").rglob("[!.]*.gz") if path.is_file()]
        assert arrived
        assert all(path.stat().st_size >= 16 * 1024 for path in arrived)

    @pytest.mark.usefixtures("here")
    def test_what_is_missing_is_raised_unless_nobody_wants_that(self) -> None:
        with pytest.raises(ossh.MissingError, match=r"4 of 4 objects are not in .*: 4 archived"):
            ossh.download("oss://demo-bucket/archive/2019/", "archive")

        summary = ossh.download("oss://demo-bucket/archive/2019/", "archive", check=False)
        assert (summary.status, summary.ended) == (1, "failed")

    def test_a_later_call_sees_what_changed_and_gets_what_was_missing(
        self, here: Path, server: DemoServer
    ) -> None:
        server.put("late/a", b"a")
        server.put("late/b", b"b")
        server.fault("status", status=403, key="late/b")
        with pytest.raises(ossh.MissingError):
            ossh.download("oss://demo-bucket/late/", "late")
        server.clear_faults()
        server.put("late/c", b"c")

        summary = ossh.download("oss://demo-bucket/late/", "late")

        assert summary.ended == "done"
        assert sorted(path.name for path in (here / "late").iterdir()) == [".ossh", "a", "b", "c"]

    def test_a_later_call_replaces_its_own_files_and_no_others(
        self, here: Path, server: DemoServer
    ) -> None:
        for key in "abc":
            server.put(f"again/{key}", b"old")
        ossh.download("oss://demo-bucket/again/", "again")
        (here / "again" / "b").write_bytes(b"edited")
        for key in "ab":
            server.put(f"again/{key}", b"other bytes")

        summary = ossh.download("oss://demo-bucket/again/", "again", check=False)

        assert [cause for cause, _count, _advice in summary.by_cause] == ["local-conflict"]
        found = {key: (here / "again" / key).read_bytes() for key in "abc"}
        assert found == {"a": b"other bytes", "b": b"edited", "c": b"old"}

    def test_a_folder_that_was_moved_takes_its_record_along(
        self, here: Path, server: DemoServer
    ) -> None:
        for key in "ab":
            server.put(f"moved/{key}", b"old")
        ossh.download("oss://demo-bucket/moved/", "first")
        (here / "first").rename(here / "second")
        server.put("moved/a", b"other bytes")

        summary = ossh.download("oss://demo-bucket/moved/", "second")

        assert (summary.ended, summary.fetched) == ("done", 1)
        assert (here / "second" / "a").read_bytes() == b"other bytes"
        assert not (here / "first").exists()

    def test_calls_for_a_key_each_leave_no_jobs_and_replace_their_own_files(
        self, here: Path, server: DemoServer
    ) -> None:
        for data in (b"old", b"newer bytes"):
            server.put("single/a", data)
            ossh.download("oss://demo-bucket/single/a", "one")

            assert (here / "one" / "a").read_bytes() == data
        assert [path.name for path in (here / "one").iterdir()] == ["a"]

    def test_calls_at_the_same_time_do_not_take_jobs_of_each_other(self, here: Path) -> None:
        keys = [f"logs/2026/01/access-2026-01-{day:02}.log.gz" for day in range(1, 31)]

        def fetched(key: str) -> str:
            return ossh.download(f"oss://demo-bucket/{key}", "shared").ended

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(fetched, keys)) == {"done"}
        assert len(list((here / "shared").glob("*.gz"))) == len(keys)

    @pytest.mark.usefixtures("here")
    @pytest.mark.parametrize("key", ["photos/", "readme.txt"])
    def test_the_same_call_at_the_same_time_waits_and_fetches_nothing_again(self, key: str) -> None:
        with ThreadPoolExecutor(6) as pool:
            summaries = list(
                pool.map(ossh.download, [f"oss://demo-bucket/{key}"] * 6, ["shared"] * 6)
            )

        assert {summary.ended for summary in summaries} == {"done"}
        assert sum(bool(summary.fetched) for summary in summaries) == 1

    @pytest.mark.usefixtures("here")
    def test_whoever_waits_for_another_call_is_told_for_whom_and_may_stop(self) -> None:
        told: list[str] = []
        with ThreadPoolExecutor() as pool:

            def second(progress: ossh.Progress) -> None:
                told.append(str(progress.note))
                raise KeyboardInterrupt

            def first(_progress: ossh.Progress) -> None:
                if not others:
                    address, folder = "oss://demo-bucket/photos/", "photos"
                    others.append(pool.submit(ossh.download, address, folder, on_progress=second))
                    wait_until(lambda: any(told))

            others: list[Future[ossh.Summary]] = []
            ossh.download("oss://demo-bucket/photos/", "photos", on_progress=first)

        assert told == [f"waiting for process {os.getpid()} on '{socket.gethostname()}'"]
        shown = traceback.format_exception(others[0].exception())
        assert (shown[-1], shown.count(shown[0])) == ("KeyboardInterrupt\n", 1)

    def test_a_hook_that_makes_the_same_call_waits_for_nothing(self, here: Path) -> None:
        def again(_progress: ossh.Progress) -> None:
            ossh.download("oss://demo-bucket/photos/", "photos")

        with pytest.raises(ossh.JobLockedError):
            ossh.download("oss://demo-bucket/photos/", "photos", on_progress=again)
        assert ossh.download("oss://demo-bucket/photos/", here / "photos").ended == "done"

    def test_a_job_that_others_put_there_decides_on_nothing(
        self, here: Path, server: DemoServer
    ) -> None:
        server.put("own/a", b"the object")
        ossh.download("oss://demo-bucket/own/", "own")
        [kept] = (here / "own" / ".ossh" / "jobs").glob("*.toml")
        job = ossh.load(kept)
        save(replace(job, target=replace(job.target, existing="replace", mirror=True)))
        (here / "own" / "a").write_bytes(b"mine")

        summary = ossh.download("oss://demo-bucket/own/", "own", check=False)

        assert [cause for cause, _count, _advice in summary.by_cause] == ["local-conflict"]
        assert (here / "own" / "a").read_bytes() == b"mine"

    @pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
    @pytest.mark.parametrize("link", [".ossh", ".ossh/jobs"])
    def test_no_job_is_kept_or_believed_behind_a_link(self, here: Path, link: str) -> None:
        (here / "elsewhere").mkdir()
        (here / "photos" / link).parent.mkdir(parents=True)
        (here / "photos" / link).symlink_to(here / "elsewhere")

        with pytest.raises(ossh.LocalError, match=r"cannot write to .*it is a symbolic link"):
            ossh.download("oss://demo-bucket/photos/", "photos")

        assert list((here / "elsewhere").iterdir()) == []

    @pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
    def test_what_was_interrupted_or_ended_by_a_hook_is_resumed(
        self, here: Path, error: type[BaseException]
    ) -> None:
        address, folder = "oss://demo-bucket/video/", here / "video"

        def interrupt(progress: ossh.Progress) -> None:
            if progress.bytes_done > 2_000_000:
                raise error

        with pytest.raises(error):
            ossh.download(address, folder, on_progress=interrupt)

        summary = ossh.download(address, folder)

        assert summary.ended == "done"
        assert summary.bytes_received < summary.counts.total_size - 1_000_000

    def test_where_nothing_is_nothing_is_left(self, here: Path) -> None:
        with pytest.raises(ossh.UsageError, match="no key starts with 'nowhere/'"):
            ossh.download("oss://demo-bucket/nowhere/", "nowhere")
        assert not (here / "nowhere").exists()

    @pytest.mark.usefixtures("here")
    def test_whoever_wants_to_hears_how_far_it_is_in_the_thread_that_calls(self) -> None:
        told: list[tuple[ossh.Progress, threading.Thread]] = []

        def hear(progress: ossh.Progress) -> None:
            told.append((progress, threading.current_thread()))

        ossh.download("oss://demo-bucket/photos/", "photos", on_progress=hear)

        last, _thread = told[-1]
        assert (last.phase, last.done, last.bytes_done) == ("ended", 13, last.planned_bytes)
        assert {thread for _progress, thread in told} == {threading.current_thread()}

    @pytest.mark.skipif(sys.platform == "win32", reason="no terminals of that kind there")
    @pytest.mark.parametrize(
        ("arguments", "is_drawn"),
        [("", True), (", progress=False", False), (", on_progress=id", False)],
    )
    def test_on_a_terminal_it_draws_a_bar(
        self, keys: dict[str, str], tmp_path: Path, *, arguments: str, is_drawn: bool
    ) -> None:
        pytest.importorskip("tqdm")
        script = (
            "import ossh\n"
            f"ossh.download('oss://demo-bucket/photos/', 'photos'{arguments})\nprint('end')"
        )
        command = [sys.executable, "-c", script]
        with Terminal(command, tmp_path, keys, size=(24, 100)) as terminal:
            drawn = terminal.until("end")

        assert ("oss://demo-bucket/photos/: 100%" in drawn) is is_drawn
        assert is_drawn or drawn.strip() == "end"


@pytest.mark.skipif(sys.platform == "win32", reason="nothing counts open files there")
@pytest.mark.parametrize(
    "use",
    [
        lambda: ossh.open("oss://demo-bucket/readme.txt").read(),
        lambda: ossh.open("oss://demo-bucket/readme.txt", "r", verify=True).read(),
        lambda: next(ossh.walk("oss://demo-bucket/photos/")),
        lambda: ossh.walk("oss://demo-bucket/photos/"),
        lambda: ossh.new_job("oss://demo-bucket/photos/", "photos"),
        lambda: ossh.download("oss://demo-bucket/readme.txt", "one"),
        lambda: ossh.filesystem(skip_instance_cache=True).cat("demo-bucket/readme.txt"),
        lambda: ossh.filesystem(skip_instance_cache=True).ls("demo-bucket"),
    ],
    ids=["open", "verify", "walk", "no walk", "new_job", "download", "read", "list"],
)
@pytest.mark.usefixtures("here")
def test_a_call_leaves_no_connection_for_the_collector(use: Callable[[], object]) -> None:
    use()  # what is opened once stays
    gc.collect()
    gc.disable()
    try:
        before = set(Path("/dev/fd").iterdir())
        use()
        assert set(Path("/dev/fd").iterdir()) == before
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "use",
    [
        lambda _fs: list(ossh.walk("oss://demo-bucket/none.txt")),
        lambda _fs: list(ossh.walk("oss://demo-bucket/none/")),
        lambda _fs: ossh.open("oss://demo-bucket/none.txt"),
        lambda _fs: ossh.open("oss://demo-bucket/none.txt", verify=True),
        lambda _fs: ossh.download("oss://demo-bucket/none.txt", "out"),
        lambda _fs: ossh.new_job("oss://demo-bucket/none.txt", "out"),
        lambda _fs: ossh.new_job("oss://demo-bucket/*.none", "out"),
        lambda fs: fs.info("demo-bucket/none.txt"),
        lambda fs: fs.size("demo-bucket/none.txt"),
        lambda fs: fs.ls("demo-bucket/none.txt"),
        lambda fs: fs.open("demo-bucket/none.txt"),
        lambda fs: fs.cat("demo-bucket/none.txt"),
        lambda fs: fs.cat("demo-bucket/none.txt", recursive=True),
        lambda fs: fs.cat(["demo-bucket/none.txt"]),
        lambda fs: fs.cat("demo-bucket/none*.txt"),
        lambda fs: fs.cat("demo-bucket/none*.txt", recursive=True),
        lambda fs: fs.cat_file("demo-bucket/none.txt", -3),
        lambda fs: fs.get("demo-bucket/none.txt", "file"),
        lambda fs: fs.get("demo-bucket/none.txt", "out", recursive=True),
        lambda fs: fs.get_file("demo-bucket/none.txt", "file"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_missing_key_has_the_same_code_whoever_finds_it_missing(
    use: Callable[[Any], object],
) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        use(ossh.filesystem(skip_instance_cache=True))

    assert isinstance(raised.value, ossh.StoreError)
    assert (raised.value.code, raised.value.errno) == ("NoSuchKey", errno.ENOENT)
    copy = pickle.loads(pickle.dumps(raised.value))  # noqa: S301 - of ourselves
    assert (copy.code, str(copy), copy.status) == ("NoSuchKey", str(copy), raised.value.status)


@pytest.mark.usefixtures("here")
def test_a_folder_without_a_name_is_refused() -> None:
    with pytest.raises(ossh.UsageError, match="an argument is empty") as refused:
        ossh.download("oss://demo-bucket/photos/", "")

    assert refused.value.hint == "'.' is the current directory"


def test_a_leading_tilde_is_the_home_in_whatever_names_a_place_of_this_machine(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = here / "home"
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))

    ossh.download("oss://demo-bucket/archive/2019/", "~/data", check=False)
    [kept] = home.glob("data/.ossh/jobs/*.toml")
    job = ossh.load(f"~/{kept.relative_to(home)}")
    other = ossh.new_job("oss://demo-bucket/photos/", "~/photos", jobs=Path("~/jobs"))

    assert (job.directory, other.directory) == (home / "data", home / "photos")
    assert job.manifest_path.exists()
    assert other.path == home / "jobs" / "photos.toml"
    assert [path.name for path in here.iterdir()] == ["home"]


@pytest.mark.usefixtures("here")
def test_whoever_walks_where_nothing_is_hears_of_what_is_near() -> None:
    with pytest.raises(FileNotFoundError) as near:
        ossh.walk("oss://demo-bucket/readmee.txt")
    with pytest.raises(FileNotFoundError) as far:
        ossh.walk("oss://demo-bucket/nowhere/")

    assert isinstance(near.value, ossh.OsshError)
    assert isinstance(far.value, ossh.OsshError)
    assert near.value.hint == "did you mean 'oss://demo-bucket/readme.txt'?"
    assert far.value.hint == "a shorter prefix shows what is there"
    assert not list(ossh.walk("oss://demo-bucket/logs/", ossh.Selection(suffix=".none")))


def test_the_address_of_the_file_system_is_an_address(here: Path, server: DemoServer) -> None:
    address = "ossh://demo-bucket/photos/"

    assert ossh.download(address, "photos").fetched == 13
    assert len(list(ossh.walk(address))) == 13
    with ossh.open("ossh://demo-bucket/readme.txt") as file:
        assert file.read() == server.body("readme.txt")
    job = ossh.new_job(address, here / "again")
    same = ossh.new_job("oss://demo-bucket/photos/", here / "again")
    assert replace(same, created=job.created) == job  # a second may have passed between them
    assert job.source.prefix == "photos/"
    report = "demo-reports/demo-bucket/weekly/"
    for scheme in ("oss", "ossh"):
        with_report = ossh.new_job(address, here / "by", inventory=f"{scheme}://{report}")
        assert with_report.inventory.startswith(f"oss://{report}")


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda: UNTYPED.download("oss://b/", "d", ".gz"), "is ossh.Selection(suffix='.gz')"),
        (lambda: UNTYPED.walk("oss://b/", [".gz"]), "or the like, not ['.gz']"),
        (lambda: UNTYPED.open("oss://b/k", options={}), "takes ossh.Options(endpoint=…) or"),
        (lambda: UNTYPED.new_job("oss://b/", "d", options="work"), "not str"),
        (lambda: UNTYPED.walk("oss://b/", credentials=3), "'credentials' is a function"),
    ],
)
@pytest.mark.usefixtures("here")
def test_an_argument_of_another_kind_is_named_with_what_is_taken(
    use: Callable[[], object], said: str
) -> None:
    with pytest.raises(TypeError) as raised:
        use()

    assert said in str(raised.value)


def test_arguments_are_shown_to_whoever_asks_for_help() -> None:
    assert "verify" in inspect.signature(ossh.open).parameters
    assert "profile" in inspect.signature(ossh.Options).parameters
    assert "suffix" in inspect.signature(ossh.Selection).parameters


@pytest.mark.usefixtures("here")
def test_an_open_object_is_not_pickled_and_says_what_is() -> None:
    for verify in (False, True):
        with (
            ossh.open("oss://demo-bucket/readme.txt", verify=verify) as file,
            pytest.raises(TypeError, match=r"pickle its address, 'oss://demo-bucket/readme\.txt'"),
        ):
            pickle.dumps(file)


@pytest.mark.usefixtures("here")
def test_a_summary_is_printed_in_one_line() -> None:
    photos = ossh.download("oss://demo-bucket/photos/", "photos")
    archive = ossh.download("oss://demo-bucket/archive/2019/", "archive", check=False)

    assert re.fullmatch(
        r"done: 13 of 13 objects \(5\.1 MiB\), 13 fetched in \d+\.\d s", str(photos)
    )
    assert re.fullmatch(
        r"<Summary failed: 0 of 4 objects \(0 B\), 0 fetched in \S+ s; 4 archived>", repr(archive)
    )
