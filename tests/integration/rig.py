"""What the tests of whole runs share: a job on a demo bucket, carried to its end, and compared."""

import mmap
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ossh
from ossh.demo import DemoServer
from ossh.job import Job
from ossh.manifest import ManifestReader
from ossh.model import Entry, Failure, Source, Target, TransferSettings
from ossh.network import Http, Timeouts
from ossh.selection import Selection
from ossh.store.credentials import Credentials, Provider
from ossh.transfer.fetching.lanes import Lanes, NewLanes
from ossh.transfer.run import Run
from ossh.transfer.watching import Summary
from tests.waiting import DEADLINE_SECONDS, wait_until

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STARTED: list[subprocess.Popen[bytes]] = []  # by the present test


@dataclass(frozen=True)
class Place:
    """A server's bucket, and a folder for a job and its target."""

    server: DemoServer
    folder: Path

    @property
    def target(self) -> Path:
        """Return where the job's files go."""
        return self.folder / "target"

    def job(
        self,
        prefix: str = "",
        *,
        bucket: str = "",
        endpoint: str = "",
        selection: Selection | None = None,
        target: Target | None = None,
        **settings: Any,
    ) -> Job:
        """Return the job "job" of this folder; `settings` are those of `[transfer]`."""
        server = self.server
        return Job(
            self.folder / "jobs" / "job.toml",
            MODIFIED,
            Source(endpoint or server.endpoint, server.region, bucket or server.bucket, prefix),
            selection or Selection(),
            target or Target("../target"),
            TransferSettings(**settings),
        )

    def provider(self) -> Provider:
        """Return the server's credentials, as they are whenever they are asked for."""
        return Provider(lambda: credentials(self.server))

    def run(
        self, job: Job | None = None, *, provider: Provider | None = None, **options: Any
    ) -> Run:
        """Return a run of a job, by default of everything, that has not begun.

        It takes no answer that is held for a silence of the network.
        """
        options.setdefault("http", Http(Timeouts(stall=DEADLINE_SECONDS)))
        job = job or self.job()
        job.path.parent.mkdir(exist_ok=True)
        return Run(job, provider or self.provider(), **options)

    def get(self, job: Job | None = None, **options: Any) -> Summary:
        """Run a job to its end and return how it ended."""
        return finish(self.run(job, **options))

    def reader(self) -> ManifestReader:
        """Return what answers about the job's manifest."""
        return ManifestReader(self.folder / "jobs" / "job.sqlite")

    def entry(self, key: str) -> Entry:
        """Return what the manifest says of a key."""
        entry = self.reader().entry(key)
        assert entry is not None, f"{key!r} has no row"
        return entry

    def failure(self, key: str) -> Failure:
        """Return why the last run failed to fetch a key."""
        failure = self.entry(key).failure
        assert failure is not None, f"{key!r} has not failed"
        return failure

    def files(self) -> dict[str, bytes]:
        """Return the files of the target by relative path, without what is ours."""
        return tree(self.target)

    def expect(self, *keys: str) -> None:
        """Assert that the target holds these objects, byte for byte, and nothing else.

        It compares with what the bucket holds now, at the paths of the manifest.
        """
        found = self.files()
        paths = {self.entry(key).path: key for key in keys}
        assert sorted(found) == sorted(paths)
        wrong = [key for path, key in paths.items() if found[path] != self.server.body(key)]
        assert not wrong, f"other bytes than in the bucket: {wrong}"
        kept = self.target / ".ossh"
        assert not kept.exists() or [one.name for one in kept.iterdir()] == ["trash"]

    def trashed(self) -> dict[str, list[bytes]]:
        """Return what is in the trash: the bytes of each file that had a path, in any order."""
        found: dict[str, list[bytes]] = {}
        for day in (self.target / ".ossh" / "trash").glob("*"):
            for path in day.rglob("*"):
                if path.is_file() and not path.is_symlink():
                    name = path.relative_to(day).as_posix()
                    found.setdefault(name, []).append(path.read_bytes())
        return found


def credentials(server: DemoServer) -> Credentials:
    """Return the credentials that a server accepts now."""
    return Credentials(
        server.access_key_id, server.access_key_secret, server.security_token, source="demo"
    )


def command(job: str = "job", line: str = "get") -> list[str]:
    """Return the command line that runs a job's file, which it trusts, from the folder."""
    return [sys.executable, "-m", "ossh", f"jobs/{job}.toml", "--trust", "--quiet", "-c", line]


def environment(place: Place) -> dict[str, str]:
    """Return the environment of a process in a place."""
    return {
        **os.environ,
        "OSS_SESSION_TOKEN": "",
        **place.server.environ,
        "PYTHONPATH": str(Path(ossh.__file__).parents[1]),
        "HOME": str(place.folder),
    }


def ended(place: Place, line: list[str], **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a command line in a place to its end."""
    return subprocess.run(
        line,
        cwd=place.folder,
        env=environment(place) | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def start(place: Place, line: str = "get", *, new_session: bool = False) -> subprocess.Popen[bytes]:
    """Start `ossh JOB.toml -c LINE` in a process of its own, or in a session of its own."""
    process = subprocess.Popen(
        command(line=line),
        cwd=place.folder,
        env=environment(place),
        stdout=subprocess.DEVNULL,
        start_new_session=new_session,
    )
    STARTED.append(process)
    return process


def telling_of_recalls(new_lanes: NewLanes, recalled: threading.Event) -> NewLanes:
    """Return lanes that set an event whenever their tasks are recalled."""

    def make(*parts: Any) -> Lanes:
        lanes = new_lanes(*parts)
        recall = lanes.recall

        def tell(*, running: bool) -> None:
            recall(running=running)
            recalled.set()

        setattr(lanes, "recall", tell)  # noqa: B010 - a method
        return lanes

    return make


def start_and_hold(run: Run, server: DemoServer, done: int = 10) -> None:
    """Start a run; return once so many objects are done and the service holds all others.

    It holds them until its faults are cleared: the run cannot end before, however late the test
    goes on.
    """
    server.fault("hold", operation="get", after=done)
    run.start()
    wait_until(lambda: run.progress.done >= done)


def finish(run: Run, seconds: float = DEADLINE_SECONDS) -> Summary:
    """Carry a run to its end; return its summary or raise its error."""
    if run.ident is None:
        run.start()
    run.join(seconds)
    assert not run.is_alive(), f"still running: {run.progress}"
    if run.error is not None:
        raise run.error
    assert run.summary is not None
    return run.summary


def mount(*arguments: str) -> None:
    """Mount a disk; skip the test where this machine does not let us."""
    line = ["mount", *arguments]
    try:
        subprocess.run(line, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount")


def unmount(path: Path, *options: str) -> None:
    """Undo the last `mount` of a place, where no file may be open unless told `-l`."""
    subprocess.run(["umount", *options, str(path)], check=True)  # noqa: S607 - wherever it is


@contextmanager
def second_path(folder: Path) -> Iterator[Path]:
    """Yield another path of a folder, which differs by case, and in which no link is followed."""
    folder.mkdir(parents=True)
    other = folder.with_name(folder.name.swapcase())
    if other.exists():
        yield other
        return
    other.mkdir()
    mount("--bind", str(folder), str(other))
    try:
        yield other
    finally:
        unmount(other)


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """Mount a disk that is full, but can hold empty files, over a folder."""
    mount("-t", "tmpfs", "-o", f"size={mmap.PAGESIZE}", "tmpfs", str(folder))
    try:
        (folder / "ballast").write_bytes(bytes(mmap.PAGESIZE))
        yield
    finally:
        unmount(folder)


def gets(server: DemoServer, key: str = "*") -> list[dict[str, Any]]:
    """Return the GETs of objects whose keys match a glob, oldest first."""
    return [one for one in server.requests(key) if one["method"] == "GET" and one["key"]]


def statuses(server: DemoServer, key: str) -> list[int]:
    """Return how the GETs of one key were answered, oldest first."""
    return [one["status"] for one in gets(server) if one["key"] == key]


def listings(server: DemoServer) -> list[Mapping[str, str]]:
    """Return the queries of all listing requests, oldest first."""
    return [one["query"] for one in server.requests() if "list-type" in one["query"]]


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by relative path, without what is ours."""
    found = {}
    for root, folders, names in os.walk(folder):
        if Path(root) == folder:
            folders[:], names[:] = (
                [name for name in some if not name.startswith(".oss")] for some in (folders, names)
            )
        for name in names:
            path = Path(root) / name
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found
