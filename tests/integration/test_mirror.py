"""A mirror takes only its own files, whatever is killed when; nothing it takes is lost."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ossh import job as job_files
from ossh import patient
from ossh.demo import DemoServer
from ossh.job import Job
from ossh.manifest import LEFT_CODE, Manifest, ManifestReader
from ossh.model import Cause, Status, Target
from ossh.transfer.planning.preflight import Changes, Preflight
from tests.holding import Hold
from tests.integration.rig import MODIFIED, Place, command, ended, tree

KEYS = ("a.bin", "sub/b.bin", "sub/c.bin", "sub/deep/d.bin", "folder/", "folder/e.bin")
FILES = tuple(key for key in KEYS if not key.endswith("/"))


def mirror(place: Place) -> Job:
    return place.job(target=Target("../target", mirror=True, max_gone="100%"))


class _Killed(BaseException):
    """The end of a process, as far as a thread of the tests can have one."""


class Owner(RuleBasedStateMachine):
    """A mirror, a bucket that changes, a person, another job, and now and then a sudden end."""

    server: DemoServer
    seed = 0

    def __init__(self) -> None:
        super().__init__()
        self.place = Place(self.server, Path(tempfile.mkdtemp(prefix="ossh-mirror-")))
        Owner.seed += 1
        self.server.bucket = f"mirrored-{Owner.seed}"
        self.server.add_bucket(self.server.bucket)
        self.version = 0
        self.bucket: dict[str, bytes] = {}
        self.theirs: dict[str, bytes] = {}  # what people made
        self.others: set[str] = set()  # what another job has
        self.left: set[str] = set()  # what another job had, now or before
        self.own: set[tuple[str, bytes]] = set()  # paths, and what the mirror ever had there

    def teardown(self) -> None:
        shutil.rmtree(self.place.folder)

    # The bucket and its people

    @initialize()
    def begin(self) -> None:
        self.put(set(KEYS))
        self.mirror()

    @rule(keys=st.sets(st.sampled_from(KEYS), min_size=1))
    def put(self, keys: set[str]) -> None:
        for key in sorted(keys):
            self.version += 1
            data = b"" if key.endswith("/") else f"{key}, version {self.version}".encode()
            seconds = MODIFIED.timestamp() + 1000 * self.version
            self.server.put(key, data, last_modified=seconds)
            self.bucket[key] = data

    @rule(keys=st.sets(st.sampled_from(KEYS), min_size=1))
    def delete(self, keys: set[str]) -> None:
        for key in sorted(keys & set(self.bucket)):
            self.server.delete(key)
            del self.bucket[key]

    @rule(key=st.sampled_from((*FILES, "mine.bin", "sub/mine.bin")))
    def make_or_edit_a_file(self, key: str) -> None:
        self.version += 1
        path = self.place.target / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"mine {self.version}".encode())
        self.theirs[key] = path.read_bytes()

    @rule(key=st.sampled_from(FILES))
    def remove_a_file(self, key: str) -> None:
        (self.place.target / key).unlink(missing_ok=True)
        self.theirs.pop(key, None)

    # The jobs

    @rule()
    def run_another_job_below(self) -> None:
        other = Place(self.server, self.place.folder)
        job = other.job("sub/", target=Target("../target/sub"))
        job = replace(job, path=job.path.with_stem("other"))
        job_files.save(job)
        before = self._files()
        other.get(job, changes=Changes())
        self.others = {one.key for one in ManifestReader(job.manifest_path).entries()}
        self._note(before, set())
        self.left |= self.others

    @rule()
    def mirror(self) -> None:
        before = self._files()
        self.place.get(mirror(self.place), changes=Changes())
        self._nothing_wrong(before)
        after = self._files()
        for key, data in self.bucket.items():
            if key.endswith("/") or key in self.theirs or after[key] == data:
                continue
            assert key in self.left, key  # nobody's since that job listed without it
            failure = self.place.failure(key)
            assert failure.cause is Cause.LOCAL_CONFLICT, key
        for path in set(after) - set(self.bucket) - set(self.theirs) - self.others:
            assert (path, after[path]) not in self.own, f"{path} should have gone"

    @rule(keys=st.sets(st.sampled_from(KEYS), min_size=1))
    def delete_and_mirror(self, keys: set[str]) -> None:
        self.delete(keys)
        self.mirror()

    @rule(keys=st.sets(st.sampled_from(KEYS[1:4]), min_size=1), is_first=st.booleans())
    def bring_what_another_job_has_too(self, keys: set[str], is_first: bool) -> None:  # noqa: FBT001
        self.put(keys)
        if is_first:
            self.mirror()
        self.run_another_job_below()
        self.delete_and_mirror(keys)

    @rule(at=st.sampled_from(["remove", "record"]), call=st.integers(0, 2))
    def mirror_that_is_killed(self, at: str, call: int) -> None:
        before = self._files()
        with killed_at(at, call), suppress(_Killed):  # unless it comes to its end before
            self.place.get(mirror(self.place), changes=Changes())
        self._nothing_wrong(before)

    def _files(self) -> dict[str, bytes]:
        found = tree(self.place.target) if self.place.target.exists() else {}
        return {path: data for path, data in found.items() if not path.endswith(".csv")}

    def _note(self, before: dict[str, bytes], owner: set[tuple[str, bytes]]) -> None:
        """Note what a run brought; a person's file that it replaced is none any more."""
        for path, data in self._files().items():
            if before.get(path) != data:
                owner.add((path, data))
                self.theirs.pop(path, None)

    def _nothing_wrong(self, before: dict[str, bytes]) -> None:
        after, trash = self._files(), self.place.trashed()
        for path, data in before.items():
            if after.get(path) == data:
                continue
            if path in after:  # replaced by what the bucket has
                assert after[path] == self.bucket[path], path
                continue
            assert path not in self.bucket, f"{path} is in the bucket"
            assert path not in self.theirs, f"{path} is a person's"
            assert path not in self.others, f"{path} is another job's"
            assert data in trash.get(path, []), f"{path} is lost"
            assert (path, data) in self.own, f"{path} was never its own"
        self._note(before, self.own)
        rows = {one.key for one in self.place.reader().entries() if one.status.is_at_target}
        here = {(key, data) for key, data in self.bucket.items() if after.get(key) == data}
        self.own |= {one for one in here if one[0] in rows}  # what the other job brought, too
        left = self.others - set(self.bucket)  # to the other job, from now on
        self.own = {(path, data) for path, data in self.own if path not in left}


@contextmanager
def killed_at(name: str, call: int) -> Iterator[None]:
    """Let a call of the manifest's writer be the last thing that happens, and do nothing."""
    calls = iter(range(1000))
    real = getattr(Manifest, name)

    def last(*arguments: object) -> None:
        if next(calls) >= call:
            raise _Killed
        real(*arguments)

    with patch.object(Manifest, name, last), patch.object(Manifest, "end_run", lambda *_, **__: 0):
        yield


@pytest.mark.fault("F57")
def test_a_mirror_takes_only_what_is_its_own_whatever_ends_it_when(own_server: DemoServer) -> None:
    Owner.server = own_server

    run_state_machine_as_test(
        Owner,
        settings=settings(
            max_examples=8, stateful_step_count=10, deadline=None, phases=(Phase.generate,)
        ),
    )


def killed(place: Place, *methods: str) -> None:
    """Run the saved job in a process that ends at once where it would write to its manifest."""
    line = command()
    code = (
        "import os, sys; from ossh.manifest import Manifest;"
        " last = lambda _self, rows, *_: rows and os._exit(9);"
        f" {' = '.join(f'Manifest.{method}' for method in methods)} = last;"
        " from ossh.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    assert ended(place, [line[0], "-c", code, *line[3:]]).returncode == 9


@pytest.mark.fault("F32")
@pytest.mark.fault("F57")
def test_a_kill_between_a_file_and_its_row_loses_nothing_and_claims_nothing(place: Place) -> None:
    place.server.fill("{:03d}.bin", 20, 500)
    job = mirror(place)
    job_files.save(job)
    place.get(job)
    for number in range(5):
        place.server.delete(f"{number:03d}.bin")
    place.get(job, changes=Changes(), preflight=Preflight())

    killed(place, "remove")

    assert sorted(place.trashed()) == [f"{number:03d}.bin" for number in range(5)]
    assert len(place.files()) == 15
    assert place.reader().counts().objects[Status.GONE] == 5  # said so, and true
    assert place.get(job).status == 0
    assert place.reader().counts().total == 15
    assert len(place.trashed()) == 5


@pytest.mark.fault("F32")
@pytest.mark.fault("F57")
def test_a_file_that_a_killed_run_left_unrecorded_is_the_mirrors_own(place: Place) -> None:
    place.server.fill("{:03d}.bin", 20, 500)
    job = mirror(place)
    job_files.save(job)
    killed(place, "record")
    assert place.files()
    assert place.get(job).status == 0
    for number in range(20):
        place.server.delete(f"{number:03d}.bin")
    place.server.put("else.bin", b"else")

    assert place.get(job, changes=Changes()).status == 0

    assert place.files() == {"else.bin": b"else"}
    assert len(place.trashed()) == 20


@pytest.mark.fault("F32")
@pytest.mark.fault("F57")
def test_what_a_mirror_takes_back_says_why_its_object_is_gone_whenever_it_is_killed(
    place: Place,
) -> None:
    place.server.fill("{:03d}.bin", 20, 500)
    place.get(place.job())
    for number in range(5):
        place.server.delete(f"{number:03d}.bin")
    place.get(place.job(), changes=Changes())
    job_files.save(mirror(place))

    killed(place, "record", "remove")

    gone = list(place.reader().entries({Status.GONE}))
    assert [one.failure.code for one in gone if one.failure] == [LEFT_CODE] * 5
    assert place.reader().failures_by_cause() == ((Cause.GONE, 5),)
    assert place.get(mirror(place)).status == 0
    assert len(place.trashed()) == 5


@pytest.mark.fault("F57")
def test_a_listing_that_does_not_end_takes_nothing_away(place: Place) -> None:
    place.server.fill("{:03d}.bin", 20, 500)
    job = mirror(place)
    place.get(job)
    place.server.delete("000.bin")
    place.server.fault("status", operation="list", status=403, code="AccessDenied")

    ended = place.get(job, changes=Changes())

    assert ended.status == 3
    assert len(place.files()) == 20
    place.server.clear_faults()
    assert place.get(job).status in {0, 1}  # lists on, and compares nothing
    assert len(place.files()) == 20
    assert place.get(job, changes=Changes()).status == 0
    assert len(place.files()) == 19


@pytest.mark.fault("F10")
def test_a_file_that_another_program_has_open_is_in_use_and_goes_once_it_is_closed(
    place: Place, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "OWN_SECONDS", 0.2)
    place.server.put("a.bin", b"gone soon")
    place.server.put("else.bin", b"else")
    job = mirror(place)
    place.get(job)
    place.server.delete("a.bin")
    hold(place.target / "a.bin")

    assert place.get(job, changes=Changes()).status == 1

    failure = place.failure("a.bin")
    assert failure.cause is Cause.IN_USE
    assert "another program has it open" in failure.message
    hold.release()
    assert place.get(job, changes=Changes()).status == 0
    assert list(place.trashed()) == ["a.bin"]
