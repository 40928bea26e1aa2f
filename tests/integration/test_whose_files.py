"""Whatever people, clocks, kills and other jobs do: no byte that a person made is destroyed."""

import os
import shutil
import sqlite3
import sys
import tempfile
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.job import Job
from ossh.model import Cause, ObjectInfo, Status, Target
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.disk.proof import FindingKind
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.unpacking import Unpacking
from ossh.transfer.verification import Verification
from tests.integration.rig import MODIFIED, Place, command, ended
from tests.waiting import DEADLINE_SECONDS

OBJECTS = {"normal.bin": "Normal", "deep/multi.bin": "Multipart", "bare.bin": "Multipart"}
KEYS = (*OBJECTS, "link.bin")
OTHER = "other.bin"  # another object, which another job wants in the place of one of these
SIZE = 1000
EXAMPLES = "OSSH_TEST_EXAMPLES"  # a variable: look at so many, and at others each time
LATER_SECONDS = 500_000.0  # between two versions of an object
PERMANENT = frozenset({Cause.DENIED, Cause.LOCAL_CONFLICT})
# What a file's time is, in seconds from that of its object; None: as its writing left it.
TIMES = {"now": None, "old": -777.25, "of tar": -777.0, "later": 777.25, "the object's": 0.0}
# Where a process is killed: a function, and whether it is still done.
KILLS = {
    "before a file has its name": ("ossh.transfer.disk.delivery", "rename", False),
    "between a file and its row": ("ossh.transfer.disk.delivery", "rename", True),
    "before something is in the trash": ("ossh.transfer.disk.trash.Trash", "take_now", False),
    "between the trash and a file": ("ossh.transfer.disk.trash.Trash", "take_now", True),
    "before rows are written": ("ossh.manifest.Manifest", "record", False),
    "after rows were written": ("ossh.manifest.Manifest", "record", True),
}


class Person(RuleBasedStateMachine):
    """Somebody who edits what jobs downloaded, and runs them in every way there is."""

    server: DemoServer
    seed = 0

    def __init__(self) -> None:
        super().__init__()
        self.place = Place(self.server, Path(tempfile.mkdtemp(prefix="ossh-whose-")))
        Person.seed += 1
        self.server.bucket = f"whose-{Person.seed}"
        self.server.add_bucket(self.server.bucket)
        self.version = dict.fromkeys(KEYS, 0)  # in the bucket
        self.theirs: dict[str, bytes | str] = {}  # what people made, by where they put it
        self.may_move: set[str] = set()  # of these, what may go to the trash, and to nowhere else
        self.may_be_torn: set[str] = set()  # that, too, but only after a power cut
        self.elsewhere: dict[Path, tuple[bytes, int]] = {}  # other names of files, with their times
        self.is_in_doubt = False  # the machine restarted since a run came to its end
        self.existing = "keep"

    def teardown(self) -> None:
        for path in self.place.folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                path.chmod(0o644)
        shutil.rmtree(self.place.folder)

    @initialize()
    def fill(self) -> None:
        for key in OBJECTS:
            self._put(key)
        self._put_link()
        self.server.put(OTHER, b"another object" * 80, last_modified=MODIFIED)

    def _put(self, key: str) -> None:
        version = self.version[key]
        data = f"{key}, version {version}. ".encode() * SIZE
        self.server.put(
            key,
            data[: SIZE + version % 2],
            type=OBJECTS[key],
            crc=key != "bare.bin",
            last_modified=self._modified(key),
        )

    def _put_link(self) -> None:
        self.server.put(
            "link.bin", symlink_to="normal.bin", last_modified=self._modified("link.bin")
        )

    def _modified(self, key: str) -> float:
        return MODIFIED.timestamp() + self.version[key] * LATER_SECONDS

    # What people do

    def _clear(self, key: str) -> Path:
        """Take away what is in an object's place, as its owner may."""
        path = self.place.target / key
        for gone in (key, key + "/notes.txt"):
            self.theirs.pop(gone, None)
            self.may_move.discard(gone)
            self.may_be_torn.discard(gone)
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
    def write(self, key: str, size: int, time: str, is_read_only: bool) -> None:  # noqa: FBT001
        path = self._clear(key)
        path.write_bytes(b"mine" * (size // 4) + b"!" * (size % 4))
        if (apart := TIMES[time]) is not None:
            os.utime(path, (self._modified(key) + apart,) * 2)
        if is_read_only:
            path.chmod(0o444)
        self.theirs[key] = path.read_bytes()
        if time == "the object's":  # nothing but its bytes may tell it from what ossh left
            self.may_move.add(key)
        if time == "now" and size <= SIZE + 1:  # a run may have written it then
            self.may_be_torn.add(key)

    @rule(key=st.sampled_from(KEYS))
    def change_bytes_and_keep_size_and_time(self, key: str) -> None:
        path = self.place.target / key
        if path.is_symlink() or not path.is_file() or not os.access(path, os.W_OK):
            return
        before, other_name = path.stat(), self.place.folder / "changed"
        other_name.write_bytes(bytes(255 - one for one in path.read_bytes()))
        other_name.chmod(before.st_mode)
        os.utime(other_name, ns=(before.st_atime_ns, before.st_mtime_ns))
        other_name.replace(path)
        if before.st_size:
            self.theirs[key] = path.read_bytes()
            self.may_move.add(key)  # in doubt, and different

    @rule(key=st.sampled_from(KEYS), seconds=st.sampled_from([-60.0, 1.0, 0.25]))
    def touch(self, key: str, seconds: float) -> None:
        path = self.place.target / key
        if path.is_file() and not path.is_symlink():
            os.utime(path, (path.stat().st_mtime + seconds,) * 2)
            for name in filter(path.samefile, self.elsewhere):
                self.elsewhere[name] = name.read_bytes(), name.stat().st_mtime_ns

    @rule(key=st.sampled_from(KEYS))
    def give_a_file_another_name_elsewhere(self, key: str) -> None:
        path = self.place.target / key
        if path.is_file() and not path.is_symlink():
            name = self.place.folder / f"elsewhere-{len(self.elsewhere)}"
            os.link(path, name)
            self.elsewhere[name] = name.read_bytes(), name.stat().st_mtime_ns
            if key in self.theirs:  # by the other name
                self.may_move.add(key)

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
        to = "nothing" if is_inside else "../../nothing"
        self._clear(key).symlink_to(to)
        self.theirs[key] = to

    @rule(key=st.sampled_from(sorted(OBJECTS)))
    def change_the_object(self, key: str) -> None:
        self.version[key] += 1
        self._put(key)

    @rule(key=st.sampled_from(sorted(OBJECTS)))
    def delete_the_object(self, key: str) -> None:
        self.server.delete(key)

    @rule(key=st.sampled_from(sorted(OBJECTS)))
    def put_the_object_back(self, key: str) -> None:
        self._put(key)

    @rule()
    def cut_the_power(self) -> None:
        """Let all that was written come to the disk, but start the machine anew."""
        for manifest in (self.place.folder / "jobs").glob("*.sqlite"):
            with closing(sqlite3.connect(manifest)) as db, db:
                db.execute("UPDATE runs SET boot_id = 'of another start'")
        self.is_in_doubt = True

    # What ossh does

    def _job(self, *, mirror: bool = False) -> Job:
        target = Target("../target", existing=self.existing, mirror=mirror, max_gone="100%")
        return self.place.job(target=target)

    def _run(self, job: Job | None = None, **options: object) -> None:
        job = job or self._job()
        summary = self.place.get(job, **options)
        self._nothing_is_lost()
        if options.get("preflight") is None:
            assert summary.status == (1 if summary.counts.missing else 0)
            self.is_in_doubt = False

    @rule(keep=st.sampled_from([PERMANENT, frozenset[Cause]()]))
    def get_or_retry(self, keep: frozenset[Cause]) -> None:
        self._run(keep=keep)

    @rule()
    def replace(self) -> None:
        self.existing = "replace"
        self._run(keep=frozenset())
        self.existing = "keep"

    @rule()
    def mirror(self) -> None:
        self._run(self._job(mirror=True), changes=Changes())

    @rule()
    def adopt(self) -> None:
        self._run(adopts=True)

    @rule()
    def refresh(self) -> None:
        is_known = (self.place.folder / "jobs" / "job.sqlite").exists()
        self._run(preflight=Preflight(), changes=Changes() if is_known else None)

    @rule()
    def rebuild_the_manifest(self) -> None:
        (self.place.folder / "jobs" / "job.sqlite").unlink(missing_ok=True)

    @rule(key=st.sampled_from(sorted(OBJECTS)), is_same=st.booleans())
    def run_another_job_into_the_same_place(self, key: str, is_same: bool) -> None:  # noqa: FBT001
        wanted = key if is_same else OTHER
        at = PurePosixPath("../target") / key
        job = self.place.job(wanted, target=Target(str(at.parent), file=at.name))
        stem = f"{wanted}-as-{key}".replace("/", "-")
        job = replace(job, path=job.path.with_stem(stem))
        before = (self.place.target / key).exists() and (self.place.target / key)
        held = before.read_bytes() if before and before.is_file() else None
        summary = self.place.get(job)
        self._nothing_is_lost()
        if held is not None and not is_same and summary.status == 0:
            assert held == self.server.body(OTHER), "two jobs have one file for two objects"

    @rule(key=st.sampled_from(sorted(OBJECTS)), is_same_size=st.booleans())
    def unpack_a_member_there(self, key: str, is_same_size: bool) -> None:  # noqa: FBT001
        data = b"zip!" * (SIZE // 4 if is_same_size else 3)
        member = ObjectInfo(key, len(data), f"{zlib.crc32(data):08X}", MODIFIED)
        jobs = self.place.folder / "jobs"
        unpacking = Unpacking([member], lambda _key: iter([data]), "", self.place.target, jobs)
        for _state in unpacking.steps():
            pass
        if (self.place.target / key).is_file() and key not in self.theirs:
            found = (self.place.target / key).read_bytes()
            if found == data:  # no job wrote it, so to all of them it is a person's
                self.theirs[key] = data
                self.may_be_torn.add(key)
                if is_same_size:  # it has the object's date, too: nothing but its bytes tells
                    self.may_move.add(key)
        self._nothing_is_lost()

    @rule(
        at=st.sampled_from(sorted(KILLS)),
        call=st.integers(1, 3),
        existing=st.sampled_from(["keep", "replace"]),
    )
    def run_that_is_killed(self, at: str, call: int, existing: str) -> None:
        self.existing = existing
        job_files.save(self._job())
        module, name, is_done = KILLS[at]
        owner, _, inner = module.rpartition(".")
        is_class = inner[0].isupper()
        code = (
            "import os, sys, importlib\n"
            f"owner = importlib.import_module({owner if is_class else module!r})\n"
            f"owner = getattr(owner, {inner!r}) if {is_class} else owner\n"
            f"real, calls = getattr(owner, {name!r}), iter(range(1, 10**6))\n"
            "def last(*given):\n"
            f"    if next(calls) < {call}: return real(*given)\n"
            f"    if {is_done}: real(*given)\n"
            "    os._exit(9)\n"
            f"setattr(owner, {name!r}, last)\n"
            "from ossh.__main__ import main\n"
            "sys.exit(main(sys.argv[1:]))"
        )
        line = command()
        again = [] if existing == "keep" else ["-c", "retry"]
        done = ended(self.place, [line[0], "-P", "-c", code, *line[3:], "--trust", *again])
        assert done.returncode in {0, 1, 9}, done.stderr
        self._nothing_is_lost()
        self.existing = "keep"

    @rule()
    def what_is_previewed_comes(self) -> None:
        if self.is_in_doubt:
            return
        sheet = Preflight()
        is_known = (self.place.folder / "jobs" / "job.sqlite").exists()
        self._run(preflight=sheet, changes=Changes() if is_known else None)
        shown = sheet.objects

        summary = self.place.get(self._job(), keep=frozenset())

        assert summary.fetched <= shown[LocalState.NEW] + shown[LocalState.CHANGED]
        assert summary.counts.objects[Status.FAILED] >= shown[LocalState.CONFLICT]
        assert summary.trashed == 0 or self.may_move
        self._nothing_is_lost()

    @rule()
    def what_verify_calls_edited_stays(self) -> None:
        if not (self.place.folder / "jobs" / "job.sqlite").exists() or self.is_in_doubt:
            return
        one = Verification(self._job(), limit=9)
        one.start()
        one.join(DEADLINE_SECONDS)
        self._nothing_is_lost()
        edited = [found.key for found in one.result().findings.get(FindingKind.CHANGED, ())]

        self._run(keep=frozenset())

        for key in edited:
            assert self.place.entry(key).status in {Status.FAILED, Status.GONE}, key

    def _nothing_is_lost(self) -> None:
        target, trash = self.place.target, self.place.trashed()
        for path, made in list(self.theirs.items()):
            there = target / path
            if isinstance(made, str):
                is_there = there.is_symlink() and str(there.readlink()) == made
                moved = [day / path for day in target.glob(".ossh/trash/*")]
                is_moved = any(one.is_symlink() and str(one.readlink()) == made for one in moved)
            else:
                is_plain = there.is_file() and not there.is_symlink()
                is_there = is_plain and there.read_bytes() == made
                is_moved = made in trash.get(path, [])
            assert is_there or is_moved, f"{path} is lost"
            if not is_there:
                is_torn = self.is_in_doubt and path in self.may_be_torn
                may = self.existing == "replace" or is_torn or path in self.may_move
                assert may, f"{path} went to the trash, and nobody had said so"
                del self.theirs[path]
                self.may_move.discard(path)
                self.may_be_torn.discard(path)
        for name, known in self.elsewhere.items():
            assert (name.read_bytes(), name.stat().st_mtime_ns) == known, f"{name} has changed"


@pytest.mark.fault("F44")
@pytest.mark.fault("F57")
def test_no_byte_that_a_person_made_is_ever_destroyed(own_server: DemoServer) -> None:
    Person.server = own_server

    run_state_machine_as_test(
        Person,
        settings=settings(
            max_examples=int(os.environ.get(EXAMPLES, "12")),
            derandomize=EXAMPLES not in os.environ,  # what is new is looked for at leisure
            stateful_step_count=14,
            deadline=None,
            phases=(Phase.generate,),  # to shrink what failed takes longer than to read it
        ),
    )
