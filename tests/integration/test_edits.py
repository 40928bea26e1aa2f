"""People edit files between runs, and during one: no byte that they wrote is ever lost."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ossh.demo import DemoServer
from ossh.model import Cause, Status, Target
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.disk.proof import FindingKind
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.verification import Verification
from tests.integration.rig import MODIFIED, Place, finish, gets
from tests.waiting import DEADLINE_SECONDS, wait_until

posix = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
OBJECTS = {"normal.bin": "Normal", "deep/multi.bin": "Multipart", "bare.bin": "Multipart"}
KEYS = (*OBJECTS, "link.bin")
SIZE = 1000
LATER_SECONDS = 500_000.0  # between two versions of an object
TIMES = {
    "now": None,
    "back": -777.25,
    "of a download": -777.0,
    "forward": 777.25,
    "kept": 0.0,
    "at once": 0.7,
}


class Person(RuleBasedStateMachine):
    """Somebody who edits what a job downloaded, and runs it in every way there is."""

    server: DemoServer
    seed = 0

    def __init__(self) -> None:
        super().__init__()
        self.place = Place(self.server, Path(tempfile.mkdtemp(prefix="ossh-edits-")))
        Person.seed += 1
        self.server.bucket = f"edited-{Person.seed}"
        self.server.add_bucket(self.server.bucket)
        self.version = dict.fromkeys(KEYS, 0)  # in the bucket
        self.listed = dict.fromkeys(KEYS, 0)  # that the job knows
        self.ours: set[str] = set()  # downloaded, and what is there is that or an edit of it
        self.theirs: dict[str, bytes | str] = {}  # what people made and may never lose
        self.is_old = False  # something changed in the bucket that the job has not listed

    def teardown(self) -> None:
        for path in self.place.folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                path.chmod(0o644)
        shutil.rmtree(self.place.folder)

    @initialize()
    def fill(self) -> None:
        for key in OBJECTS:
            self._put(key)
        self.server.put("link.bin", symlink_to="normal.bin", last_modified=MODIFIED)

    def _put(self, key: str) -> None:
        version = self.version[key]
        data = f"{key}, version {version}. ".encode() * SIZE
        self.server.put(
            key,
            data[: SIZE + version],
            type=OBJECTS[key],
            crc=key != "bare.bin",
            last_modified=MODIFIED.timestamp() + version * LATER_SECONDS,
        )

    # What people do

    def _clear(self, key: str) -> Path:
        """Take away what is in an object's place, as its owner may."""
        path = self.place.target / key
        for gone in (key, key + "/notes.txt"):
            self.theirs.pop(gone, None)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @rule(
        key=st.sampled_from(KEYS),
        size=st.sampled_from([0, 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE]),
        time=st.sampled_from(sorted(TIMES)),
        is_read_only=st.booleans(),
    )
    def edit(self, key: str, size: int, time: str, is_read_only: bool) -> None:  # noqa: FBT001
        listed = self.listed[key]
        wanted, modified = SIZE + listed, MODIFIED.timestamp() + listed * LATER_SECONDS
        apart = TIMES[time]
        # a link is as long as any version of what it leads to
        versions = range(self.version["normal.bin"] + 1)
        lengths = {wanted} if key in OBJECTS else {SIZE + version for version in versions}
        if size in lengths and time == "at once":
            return  # the same size in the same two seconds: no run tells it from the object
        path = self._clear(key)
        path.write_bytes(b"mine" * (size // 4) + b"!" * (size % 4))
        if apart is not None:
            os.utime(path, (modified + apart,) * 2)
        if is_read_only:
            path.chmod(0o444)
        is_of_any_size = key == "link.bin" and key not in self.ours
        looks_damaged = time == "kept" and (size <= wanted or is_of_any_size)
        if not looks_damaged and (key in self.ours or time != "of a download"):
            self.theirs[key] = path.read_bytes()

    @rule(key=st.sampled_from(KEYS))
    def delete(self, key: str) -> None:
        self._clear(key)

    @rule(key=st.sampled_from(KEYS))
    def make_a_folder(self, key: str) -> None:
        path = self._clear(key)
        path.mkdir()
        (path / "notes.txt").write_bytes(b"mine")
        self.theirs[key + "/notes.txt"] = b"mine"

    @rule(key=st.sampled_from(sorted(OBJECTS)), is_inside=st.booleans())
    def make_a_link(self, key: str, is_inside: bool) -> None:  # noqa: FBT001
        if sys.platform == "win32":
            return
        to = "elsewhere" if is_inside else "../../elsewhere"
        self._clear(key).symlink_to(to)
        self.theirs[key] = to

    @rule(key=st.sampled_from(sorted(OBJECTS)))
    def change_the_object(self, key: str) -> None:
        self.version[key] += 1
        self._put(key)
        self.is_old = True

    # What ossh does

    def _run(self, keep: frozenset[Cause]) -> None:
        summary = self.place.get(keep=keep)
        assert summary.status == (1 if summary.objects[Status.FAILED] else 0)
        here = (Status.DONE, Status.SKIPPED)
        self.ours |= {one.key for one in self.place.reader().entries(here)}
        self._nothing_is_lost()

    @rule()
    def get(self) -> None:
        self._run(frozenset({Cause.DENIED, Cause.LOCAL_CONFLICT}))

    @rule()
    def retry(self) -> None:
        self._run(frozenset())

    def _refresh(self) -> Preflight:
        sheet = Preflight()
        is_known = (self.place.folder / "jobs" / "job.sqlite").exists()
        self.place.get(preflight=sheet, changes=Changes() if is_known else None)
        for key in OBJECTS:
            if self.version[key] != self.listed[key] and key not in self.theirs:
                self.ours.discard(key)
        self.listed, self.is_old = dict(self.version), False
        self._nothing_is_lost()
        return sheet

    @rule()
    def refresh(self) -> None:
        self._refresh()

    @rule()
    def refresh_and_get(self) -> None:
        self._refresh()
        self.get()

    def _preview(self) -> Preflight:
        sheet = Preflight()
        with tempfile.TemporaryDirectory() as folder:
            self.place.get(preflight=sheet, manifest_path=Path(folder) / "plan.sqlite")
        self._nothing_is_lost()
        return sheet

    @rule()
    def preview(self) -> None:
        self._preview()

    @rule()
    def what_preview_refresh_and_retry_say_agrees(self) -> None:
        sheet, again = self._preview(), self._refresh()
        shown = sheet.objects

        summary = self.place.get(keep=frozenset())

        assert +shown == +again.objects
        assert summary.fetched == shown[LocalState.NEW] + shown[LocalState.CHANGED]
        assert summary.objects[Status.FAILED] == shown[LocalState.CONFLICT]
        self.retry()

    @rule()
    def what_verify_calls_edited_stays_and_the_rest_comes_again(self) -> None:
        if not (self.place.folder / "jobs" / "job.sqlite").exists():
            return
        one = Verification(self.place.job(), limit=9)
        one.start()
        one.join(DEADLINE_SECONDS)
        self._nothing_is_lost()
        said = {
            found.path: kind
            for kind, findings in one.result().findings.items()
            for found in findings
            if kind is not FindingKind.FOREIGN
        }
        rows = {entry.path: entry.key for entry in self.place.reader().entries()}

        self.retry()

        for path, kind in said.items():
            failed = self.place.entry(rows[path]).status is Status.FAILED
            assert failed == (kind is FindingKind.CHANGED), (path, kind)

    def _nothing_is_lost(self) -> None:
        for path, made in self.theirs.items():
            there = self.place.target / path
            found = str(there.readlink()) if isinstance(made, str) else there.read_bytes()
            assert found == made, f"{path} is lost"


@pytest.mark.fault("F44")
def test_no_byte_that_a_person_wrote_is_ever_lost(own_server: DemoServer) -> None:
    Person.server = own_server

    run_state_machine_as_test(
        Person,
        settings=settings(
            max_examples=15,
            stateful_step_count=12,
            deadline=None,
            phases=(Phase.generate,),  # to shrink what failed takes longer than to read it
        ),
    )


Edit = Callable[[Path], object]
EDITS: dict[str, Edit] = {
    "made": lambda path: path.write_bytes(b"mine"),
    "emptied": lambda path: path.write_bytes(b""),
    "saved": lambda path: path.write_bytes(b"m" * 500_000),
}


@pytest.mark.fault("F44")
@pytest.mark.parametrize("size", [100, 400_000])  # a lane brings the one, a stream the other
@pytest.mark.parametrize("edit", sorted(EDITS))
def test_a_file_that_a_person_makes_while_its_object_comes_is_kept(
    place: Place, server: DemoServer, size: int, edit: str
) -> None:
    server.put("a.bin", size=size, last_modified=MODIFIED)
    server.put("b.bin", size=size)
    server.fault("hold", key="a.bin")
    run = place.run()
    run.start()
    wait_until(lambda: gets(server, "a.bin"))

    EDITS[edit](place.target / "a.bin")
    mine = (place.target / "a.bin").read_bytes()
    server.clear_faults()
    summary = finish(run)

    assert summary.status == 1
    failure = place.entry("a.bin").failure
    assert failure is not None
    assert (failure.cause, failure.message) == (
        Cause.LOCAL_CONFLICT,
        "the local file differs from the object and is not older",
    )
    assert place.files() == {"a.bin": mine, "b.bin": server.body("b.bin")}


@pytest.mark.fault("F44")
def test_a_file_that_a_person_makes_while_a_deleted_one_comes_again_is_kept_whatever_its_date(
    place: Place, server: DemoServer
) -> None:
    server.put("a.bin", size=100, last_modified=MODIFIED)
    place.get()
    mine = place.target / "a.bin"
    mine.unlink()
    server.fault("hold", key="a.bin")
    server.clear_requests()
    run = place.run()
    run.start()
    wait_until(lambda: gets(server, "a.bin"))

    draft = place.folder / "draft"
    draft.write_bytes(b"an older draft")
    os.utime(draft, (1.0, 1.0))
    draft.replace(mine)
    server.clear_faults()

    assert finish(run).status == 1
    assert mine.read_bytes() == b"an older draft"


@posix
@pytest.mark.fault("F44")
def test_a_file_that_a_person_makes_in_the_place_of_a_local_link_is_kept(
    place: Place, server: DemoServer
) -> None:
    server.put("a.bin", size=100, last_modified=MODIFIED)
    server.put("link.bin", symlink_to="a.bin", last_modified=MODIFIED)
    job = place.job(target=Target("../target", links="record"))
    server.fault("hold", key="link.bin")
    run = place.run(job)
    run.start()
    wait_until(lambda: server.requests("link.bin"))

    (place.target / "link.bin").write_bytes(b"mine")
    server.clear_faults()

    assert finish(run).status == 1
    assert (place.target / "link.bin").read_bytes() == b"mine"


@pytest.mark.fault("F44")
def test_a_file_edited_while_its_object_comes_is_replaced_where_the_job_says_so(
    place: Place, server: DemoServer
) -> None:
    server.put("a.bin", size=100, last_modified=MODIFIED)
    server.fault("hold", key="a.bin")
    run = place.run(place.job(target=Target("../target", existing="replace")))
    run.start()
    wait_until(lambda: gets(server, "a.bin"))

    (place.target / "a.bin").write_bytes(b"mine")
    server.clear_faults()

    assert finish(run).status == 0
    place.expect("a.bin")
