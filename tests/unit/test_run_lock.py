"""The lock: one ossh a job, proved with real processes that really die."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from ossh import patient
from ossh.errors import JobLockedError, LocalError
from ossh.manifest import Manifest
from ossh.run_lock import RunLock, is_held
from ossh.run_lock import holder as holder_of
from tests.planting import where_nobody_can_look
from tests.unit.manifest.examples import Child

HOLDER = """
import sys
from pathlib import Path
from ossh.manifest import Manifest

with Manifest.open(Path(sys.argv[1])):
    print("has it", flush=True)
    sys.stdin.readline()
"""


OVERTAKEN = """
import sys
from pathlib import Path
from ossh.errors import JobLockedError
from ossh.run_lock import RunLock

path = Path(sys.argv[1])
holders = [RunLock.take(path)]

def leave(event, arguments):
    if event == "fcntl.flock" and holders:
        holders.pop().release()

sys.addaudithook(leave)
second = RunLock.take(path)
try:
    RunLock.take(path)
except JobLockedError:
    print("one has it")
"""

OF_ANOTHER_USER = """
import os, sys
from pathlib import Path
from ossh.errors import OsshError
from ossh.run_lock import RunLock

if os.geteuid() == 0:
    os.setuid(65534)  # root may write to any file
try:
    RunLock.take(Path(sys.argv[1]))
except OsshError as error:
    print(error)
"""

SWAPPED = """
import sys
from pathlib import Path
from ossh.errors import LocalError
from ossh.run_lock import RunLock

path = Path(sys.argv[1])

def swap(event, arguments):
    if event == "fcntl.flock" and not path.is_symlink():
        path.symlink_to(path.rename(path.with_name("elsewhere")))

sys.addaudithook(swap)
try:
    RunLock.take(path)
except LocalError as error:
    print(error)
"""

CLOSING = """
import sys
from pathlib import Path
from ossh.manifest import Manifest

path = Path(sys.argv[1])
manifest = Manifest.open(path)
manifest.set_meta("a", "b")

def tell(event, arguments):
    if event == "os.remove" and Path(arguments[0]).suffix == ".lock":
        print([one.name for one in path.parent.glob("*-wal")])

print([one.name for one in path.parent.glob("*-wal")])
sys.addaudithook(tell)
manifest.close()
"""


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it was waited, in seconds, without waiting."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    return pauses


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "logs.sqlite"
    Manifest.create(path).close()
    return path


@pytest.fixture
def holder(path: Path, child: Child) -> "subprocess.Popen[str]":
    """A process that holds the job's lock until it reads a line, or dies."""
    process = child(HOLDER, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "has it\n"
    return process


@pytest.mark.fault("F40")
def test_a_second_process_is_refused_and_told_who_has_the_job(
    path: Path, holder: "subprocess.Popen[str]", pauses: list[float]
) -> None:
    with pytest.raises(JobLockedError) as caught:
        Manifest.open(path)

    who = f"process {holder.pid} on '{socket.gethostname()}'"
    assert str(caught.value) == f"job 'logs' is being run by {who}"
    assert caught.value.status == 3
    hint = "wait for it or stop it there; other jobs can run at the same time"
    assert caught.value.hint == hint
    assert pauses == [0.02] * 10  # as long as another may look at it
    assert holder_of(path) == who


@pytest.mark.fault("F40")
def test_the_lock_of_a_killed_process_is_free(path: Path, holder: "subprocess.Popen[str]") -> None:
    holder.kill()
    holder.wait()

    assert path.with_suffix(".lock").exists()
    Manifest.open(path).close()


def test_the_same_process_is_refused_as_well(path: Path) -> None:
    with Manifest.open(path), pytest.raises(JobLockedError, match=f"by process {os.getpid()} on"):
        Manifest.open(path)


def test_creating_a_manifest_takes_the_lock(tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite"
    held = RunLock.take(tmp_path / "new.lock")

    with pytest.raises(JobLockedError):
        Manifest.create(new)

    assert not new.exists()
    held.release()


@pytest.mark.parametrize("text", ["", "no number\n", "\ufffd"])
def test_a_holder_that_has_not_said_who_it_is_is_another_process(
    path: Path, holder: "subprocess.Popen[str]", text: str, pauses: list[float]
) -> None:
    path.with_suffix(".lock").write_text(text, encoding="utf-8")

    assert holder_of(path) == "another process"

    assert pauses == [0.02] * 10  # until it has said so
    assert holder.poll() is None


def test_a_host_of_any_name_is_shown(path: Path, holder: "subprocess.Popen[str]") -> None:
    path.with_suffix(".lock").write_bytes(b"7 h\xe9 \n")

    assert holder_of(path) == "process 7 on 'h\ufffd'"
    assert holder.poll() is None


def test_nobody_is_the_holder_of_a_lock_that_is_free(path: Path) -> None:
    path.with_suffix(".lock").write_text("7 elsewhere\n")

    assert holder_of(path) == ""


def test_a_lock_says_who_has_it_and_nothing_of_who_had_it(path: Path) -> None:
    file = path.with_suffix(".lock")
    file.write_text(f"1 {'elsewhere' * 20}\n")

    held = RunLock.take(path)

    if sys.platform != "win32":  # where nobody else may read all of what is locked
        assert file.read_text() == f"{os.getpid()} {socket.gethostname()}\n"
    held.release()
    other = os.open(os.devnull, os.O_RDONLY)  # which may get the number that the lock's file had
    held.release()
    os.close(other)
    assert not file.exists()


@pytest.mark.fault("F40")
@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
def test_a_lock_is_held_until_its_file_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever takes it in between has a file that is removed, and another one could follow."""
    held, real = RunLock.take(tmp_path / "a.lock"), patient.discard

    def discard(path: Path, dir_fd: int | None = None) -> None:
        assert is_held(path)
        real(path, dir_fd)

    monkeypatch.setattr(patient, "discard", discard)

    held.release()

    assert not is_held(tmp_path / "a.lock")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no descriptors of folders")
def test_a_lock_is_found_from_the_folder_that_its_path_begins_in(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    name = Path("a.lock")

    held = RunLock.take(name, folder)

    assert (tmp_path / name).exists()
    assert is_held(name, folder)
    held.release()
    assert not (tmp_path / name).exists()
    assert not is_held(name, folder)
    os.close(folder)


def test_nobody_holds_what_cannot_be_a_lock_and_looking_creates_none(tmp_path: Path) -> None:
    (tmp_path / "a.lock").mkdir()
    (tmp_path / "file").touch()

    assert not is_held(tmp_path / "a.lock")
    assert not is_held(tmp_path / "file" / "a.lock")
    assert not is_held(tmp_path / "missing.lock")
    assert {one.name for one in tmp_path.iterdir()} == {"a.lock", "file"}


@pytest.mark.fault("F51")
def test_a_lock_that_is_another_file_too_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path, important = tmp_path / "a.lock", tmp_path / "important.txt"
    important.write_text("1 precious\n")
    os.link(important, path)

    with pytest.raises(LocalError, match=r"cannot lock '.*a\.lock': it is a hard link"):
        RunLock.take(path)

    assert not is_held(path)
    assert important.read_text() == "1 precious\n"


@pytest.mark.fault("F40")
@pytest.mark.skipif(sys.platform == "win32", reason="nobody removes an open file there")
def test_a_file_that_its_holder_removes_before_it_is_locked_is_not_taken_for_the_lock(
    path: Path, child: Child
) -> None:
    assert child(OVERTAKEN, path).communicate()[0] == "one has it\n"


@pytest.mark.fault("F51")
@pytest.mark.skipif(sys.platform == "win32", reason="nobody renames an open file there")
def test_a_link_that_leads_to_the_file_that_was_locked_is_not_the_lock(
    tmp_path: Path, child: Child
) -> None:
    path = tmp_path / "a.lock"

    said, _ = child(SWAPPED, path).communicate()

    assert said == f"cannot lock '{path}': it is a symbolic link\n"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_lock_of_another_user_says_who_has_it(child: Child) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "a.lock"
        with RunLock.take(path):
            path.chmod(0o444)
            while_held, _ = child(OF_ANOTHER_USER, path).communicate()
        path.touch(mode=0o444)
        free, _ = child(OF_ANOTHER_USER, path).communicate()

    assert while_held.startswith(f"job 'a' is being run by process {os.getpid()} on")
    assert free == f"cannot lock '{path}': permission denied\n"


@pytest.mark.fault("F40")
def test_a_disk_that_fails_when_its_file_is_closed_keeps_no_lock(path: Path) -> None:
    """A full share may say no sooner that it has no room for the holder's name."""
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT)
    os.close(descriptor)

    RunLock(path.with_suffix(".lock"), descriptor, None).release()

    assert not path.with_suffix(".lock").exists()


def test_the_lock_is_given_back_when_nothing_is_left_to_write(path: Path, child: Child) -> None:
    assert child(CLOSING, path).communicate()[0] == f"['{path.name}-wal']\n[]\n"


def test_of_many_that_try_at_once_one_has_the_lock_at_any_time(tmp_path: Path) -> None:
    path, holders, most = tmp_path / "a.lock", [], []

    def run() -> None:
        for _ in range(200):
            try:
                held = RunLock.take(path)
            except JobLockedError:
                continue
            holders.append(1)
            most.append(len(holders))
            holders.pop()
            held.release()

    threads = [threading.Thread(target=run) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # seconds: they get in each other's way at every step
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert set(most) == {1}


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"cannot lock .*nowhere.a\.lock.: no such file") as caught:
        RunLock.take(tmp_path / "nowhere" / "a.lock")

    assert caught.value.hint is not None
    assert "--jobs-dir" in caught.value.hint


def test_a_lock_can_be_given_back_when_its_folder_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    held = RunLock.take(folder / "a.lock")
    folder.rename(tmp_path / "elsewhere")

    held.release()

    RunLock.take(tmp_path / "elsewhere" / "a.lock").release()


@pytest.mark.fault("F51")
@pytest.mark.parametrize("target", ["important.txt", "/dev/full", "nowhere"])
def test_a_link_in_the_place_of_a_lock_is_told_and_not_followed(
    tmp_path: Path, target: str
) -> None:
    path, important = tmp_path / "a.lock", tmp_path / "important.txt"
    important.write_text("1 precious\n")
    path.symlink_to(target)

    with pytest.raises(LocalError, match=r"cannot lock '.*a\.lock': it is a symbolic link"):
        RunLock.take(path)

    assert not is_held(path)
    assert path.is_symlink()
    assert important.read_text() == "1 precious\n"
    assert {one.name for one in tmp_path.iterdir()} == {"a.lock", "important.txt"}


@pytest.mark.fault("F51")
@pytest.mark.parametrize("text", ["precious\n", "1\n", "# poetry\n" * 100, "1 " + "poem" * 200])
def test_a_file_that_is_not_a_lock_is_told_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "poetry.lock"
    path.write_text(text)

    with pytest.raises(LocalError, match="the file there is not a lock") as caught:
        RunLock.take(path)

    assert caught.value.hint is not None
    assert "move it away" in caught.value.hint
    assert path.read_text() == text


@pytest.mark.parametrize("text", [b"", b"\0" * 20, b"1 elsewhere"])
def test_a_lock_that_its_holder_had_no_time_to_write_is_stale(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "a.lock"
    path.write_bytes(text)

    RunLock.take(path).release()

    assert not path.exists()


def test_looking_sees_who_holds_a_lock_and_leaves_it_as_it_is(
    path: Path, holder: "subprocess.Popen[str]"
) -> None:
    lock = path.with_suffix(".lock")
    before = lock.read_bytes(), lock.stat().st_mtime_ns

    assert is_held(lock)
    holder.kill()
    holder.wait()
    assert not is_held(lock)

    assert (lock.read_bytes(), lock.stat().st_mtime_ns) == before


def test_a_run_that_meets_a_looker_waits_until_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no locks to share")
    import fcntl

    path = tmp_path / "a.lock"
    path.touch()
    looker = os.open(path, os.O_RDONLY)
    fcntl.flock(looker, fcntl.LOCK_SH)
    assert not is_held(path)  # two may look at once
    monkeypatch.setattr("time.sleep", lambda _seconds: os.close(looker))

    RunLock.take(path).release()


@pytest.mark.fault("F40")
def test_a_lock_that_nobody_can_look_at_is_not_taken_for_free(tmp_path: Path) -> None:
    path = where_nobody_can_look(tmp_path)

    with pytest.raises(LocalError, match=r"cannot read '.*place\.lock'"):
        is_held(path)
