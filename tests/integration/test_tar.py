"""A selection as one tar: proved as it passes, whole or refused, from bounded memory."""

import io
import shutil
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.errors import Stopped, StoreError
from ossh.session import JobRequest
from ossh.session.jobs.running import preflight, start_streaming
from ossh.transfer.planning.preflight import Preflight
from ossh.transfer.streaming.order import MEMORY, PIECE
from ossh.transfer.streaming.tar_format import BEGINNING, BLOCK, PAGE
from ossh.transfer.streaming.tar_stream import (
    BACKLOG,
    IncompleteError,
    Streamed,
    TarStream,
)
from ossh.transfer.watching import Phase
from tests import usual
from tests.tar_readers import accepting, verdicts
from tests.waiting import wait_until

LARGE = 5 * PIECE + 17


class Archive:
    """Takes an archive, and says what is in it."""

    def __init__(self, server: DemoServer, folder: Path) -> None:
        self.server = server
        self.data = bytearray(BEGINNING)
        self.cuts = [len(self.data)]  # where a kill may cut it off
        self.session = usual.session(server, folder)

    def write(self, data: memoryview) -> int:
        if len(data) > PAGE:  # the system may pass on any part of it
            self.cuts += [len(self.data) + one for one in (1, 511, 512, PAGE + 1, len(data) - 1)]
            self.cuts += range(len(self.data) + PAGE, len(self.data) + len(data), len(data) // 9)
        self.data += data
        self.cuts.append(len(self.data))
        return len(data)

    def made(
        self, write: Callable[[memoryview], int] | None = None, keys_from: str = ""
    ) -> Streamed:
        """Write all that is in the bucket, or a list of keys."""
        sheet, wanted = Preflight(looks_around=False), JobRequest(keys_from=keys_from)
        with preflight(self.session, wanted, sheet, is_for_stream=True) as plan:
            assert plan.result().ended == "done", plan.result().error
            with start_streaming(self.session, plan, write or self.write) as stream:
                streamed = stream.result()
        assert not self.session.runs.shared.sharers  # later runs have all of the limit again
        return streamed

    def begun(self, write: Callable[[memoryview], int], use: Callable[[TarStream], None]) -> None:
        """Begin to write all that is in the bucket."""
        sheet = Preflight(looks_around=False)
        with preflight(self.session, JobRequest(), sheet, is_for_stream=True) as plan:
            assert plan.result().ended == "done", plan.result().error
            with start_streaming(self.session, plan, write) as stream:
                use(stream)

    @property
    def bodies(self) -> dict[str, bytes]:
        """Return the bytes of all members by name, in order; the archive must have its end."""
        assert set(verdicts(bytes(self.data)).values()) == {""}
        with tarfile.open(fileobj=io.BytesIO(self.data), mode="r:") as archive:
            files = [(one.name, archive.extractfile(one)) for one in archive]
        return {name: file.read() if file else b"" for name, file in files}

    @property
    def is_refused(self) -> bool:
        """Return whether every reader refuses it."""
        return not accepting(bytes(self.data))

    def served(self, *keys: str) -> dict[str, bytes]:
        return {key: self.server.body(key) for key in keys}


@pytest.fixture
def archive(server: DemoServer, tmp_path: Path) -> Archive:
    return Archive(server, tmp_path)


def test_all_objects_are_there_in_key_order(archive: Archive) -> None:
    archive.server.fill("many/{:04d}.bin", 1500, 700)
    archive.server.put("a/large.bin", size=LARGE)
    archive.server.put("a/empty.bin", b"")
    archive.server.put("z/\N{PILE OF POO}" + "x" * 150, size=10)
    archive.server.put("z/folder/", b"")

    found = archive.made()

    bodies = archive.bodies
    assert list(bodies) == sorted(bodies)
    assert bodies.pop("z/folder") == b""
    assert bodies == archive.served(*bodies)
    assert (found.objects, len(bodies), found.status) == (1504, 1503, 0)
    assert list(archive.session.job_files()) == []


@pytest.mark.fault("F61")
def test_an_archive_that_is_cut_off_anywhere_is_refused(archive: Archive) -> None:
    archive.server.fill("many/{:04d}.bin", 160, 700)
    archive.server.fill("empty/{:03d}", 60, 0)
    archive.server.fill("n" * 200 + "/" + "long" * 10 + "{:03d}", 40, 300)
    archive.server.fill("pages/{:02d}", 20, PAGE)
    for number in range(12):
        archive.server.put(f"o/{'deep/' * 16 * number}{number}", size=512 * number)
    archive.server.put("p/folder/", b"")
    archive.server.put("p/large.bin", size=2 * PIECE + 17)
    archive.server.put("q", size=PIECE)
    archive.server.put("z", b"")

    archive.made()

    data = bytes(archive.data)
    cuts = [cut for cut in archive.cuts if cut <= len(data) - 2 * BLOCK]  # then all is there
    assert archive.cuts[-1] == len(data)
    assert len(cuts) > 100
    assert {cut: found for cut in cuts if (found := accepting(data[:cut]))} == {}
    assert set(verdicts(data).values()) == {""}


@pytest.mark.parametrize("program", ["gzip", "zstd"])
@pytest.mark.fault("F61")
def test_a_program_behind_it_does_not_make_it_whole(archive: Archive, program: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"needs {program}")
    archive.server.fill("many/{:02d}.bin", 20, 700)

    archive.made()

    data = bytes(archive.data)
    cuts = [cut for cut in archive.cuts if cut <= len(data) - 2 * BLOCK]
    assert {cut: found for cut in cuts if (found := accepting(data[:cut], program))} == {}
    assert set(verdicts(data, program).values()) == {""}


def test_symlinks_are_what_they_lead_to(archive: Archive) -> None:
    archive.server.put("large.bin", size=LARGE)
    archive.server.put("empty.bin", b"")
    archive.server.put("a-link", symlink_to="large.bin")
    archive.server.put("b-link", symlink_to="empty.bin")

    archive.made()

    assert archive.bodies["a-link"] == archive.server.body("large.bin")
    assert archive.bodies["b-link"] == b""


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "times": 2, "per_key": True},
        {"kind": "status", "status": 500, "times": 2, "per_key": True},
        {"kind": "status", "status": 503, "times": 5, "qos_delay_ms": 10},
        {"kind": "corrupt", "times": 1, "key": "small"},
        {"kind": "bad-crc", "times": 2, "key": "small"},
        {"kind": "short", "times": 1, "per_key": True},
        {"kind": "cut", "bytes": 100, "times": 2, "key": "large"},
        {"kind": "ignore-range", "times": 1},
        {"kind": "expired-token", "times": 1, "operation": "get"},
        {"kind": "skew", "times": 1, "operation": "get"},
        {"kind": "chunked", "key": "small"},
    ],
    ids=lambda fault: str(fault["kind"]),
)
@pytest.mark.fault("F11")
@pytest.mark.fault("F22")
def test_what_fails_is_asked_for_again(archive: Archive, fault: dict[str, object]) -> None:
    archive.server.put("large", size=LARGE)
    archive.server.put("small", size=900)
    archive.server.put("zero", b"")
    options = dict(fault)
    archive.server.fault(str(options.pop("kind")), **options)

    archive.made()

    assert archive.bodies == archive.served("large", "small", "zero")


def test_bytes_that_are_refused_were_received_all_the_same(archive: Archive) -> None:
    archive.server.put("small", size=900)
    archive.server.fault("corrupt", times=1, key="small")
    received = list[int]()

    def use(stream: TarStream) -> None:
        stream.result()
        received.append(stream.progress.bytes_received)

    archive.begun(archive.write, use)

    assert received == [2 * 900]


@pytest.mark.fault("F13")
@pytest.mark.parametrize("what", ["a symlink", "a new version"])
def test_a_corrupt_answer_that_tells_what_the_object_is_is_asked_for_again(
    archive: Archive, what: str
) -> None:
    archive.server.put("small", size=900)
    if what == "a symlink":
        archive.server.put("link", symlink_to="small")
        archive.server.fault("corrupt", times=1, key="link")
    else:
        archive.server.fault("changed-etag", key="small", size=800)
        archive.server.fault("corrupt", times=1, key="small")

    archive.made()

    assert archive.bodies["link" if what == "a symlink" else "small"] == archive.server.body(
        "small"
    )


@pytest.mark.parametrize("size", [900, LARGE, 5 * PIECE], ids=["small", "large", "whole blocks"])
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("corrupt", "CRC64"),
        ("bad-crc", "CRC64"),
        ("short", "short|bytes|body"),
        ("reset", "reset|lost"),
    ],
)
@pytest.mark.fault("F13")
def test_a_proof_that_fails_leaves_an_archive_that_is_refused(
    archive: Archive, size: int, kind: str, told: str
) -> None:
    archive.server.put("a", size=600)
    archive.server.put("m", size=size)
    archive.server.put("z", size=600)
    archive.server.fault(kind, key="m")

    with pytest.raises(IncompleteError, match=f"'m'.*({told})") as raised:
        archive.made()

    assert raised.value.status == 1
    assert archive.is_refused
    assert b"z".ljust(100, b"\0") not in archive.data


def test_a_large_object_is_read_in_ranges_of_one_version(archive: Archive) -> None:
    etag = archive.server.put("large", size=LARGE)["etag"]

    archive.made()

    asked = archive.server.requests("large")
    assert len(asked) == 6
    assert {one["if_match"] for one in asked} == {f'"{etag}"'}


@pytest.mark.fault("F15")
@pytest.mark.parametrize("size", [50, 900, 2 * PIECE])
def test_an_object_replaced_before_its_turn_is_there_as_it_is_now(
    archive: Archive, size: int
) -> None:
    archive.server.put("changing", size=900)
    archive.server.put("other", size=900)
    archive.server.fault("changed-etag", key="changing", size=size)

    archive.made()

    assert archive.bodies == archive.served("changing", "other")
    assert len(archive.bodies["changing"]) == size


def test_an_object_replaced_while_it_passes_ends_the_archive(archive: Archive) -> None:
    archive.server.put("large", size=72 * PIECE)
    # the first has passed when this one is asked for, or the memory would not have room for it
    archive.server.fault("changed-etag", key="large", after=66)

    with pytest.raises(IncompleteError, match="replaced"):
        archive.made()


def test_what_grows_all_the_time_is_there_in_one_state_of_it(archive: Archive) -> None:
    archive.server.put("log", size=LARGE, type="Appendable")
    archive.server.fault("append", key="log", after=2)

    archive.made()

    body, now = archive.bodies["log"], archive.server.body("log")
    assert LARGE <= len(body) < len(now)
    assert now.startswith(body)


@pytest.mark.fault("F16")
@pytest.mark.parametrize("others", [(), ("b",)])
def test_what_is_gone_is_left_out_and_told_and_no_archive_is_of_nothing_else(
    archive: Archive, others: tuple[str, ...]
) -> None:
    for key in ("a", *others):
        archive.server.put(key, size=600)
    archive.server.fault("gone", key="a")

    found = archive.made()

    assert (found.status, found.has_members, found.gone_keys) == (1, bool(others), ["a"])
    if others:
        assert archive.bodies == archive.served("b")
    else:
        assert archive.is_refused


def test_keys_of_a_list_that_no_object_has_are_told(archive: Archive, tmp_path: Path) -> None:
    archive.server.put("here", size=10)
    (tmp_path / "keys.txt").write_text("here\nnot-here\n", encoding="utf-8")

    found = archive.made(keys_from=str(tmp_path / "keys.txt"))

    assert (found.status, found.gone_keys) == (1, ["not-here"])
    assert list(archive.bodies) == ["here"]


@pytest.mark.fault("F23")
@pytest.mark.fault("F28")
@pytest.mark.parametrize("reason", ["archived", "denied"])
def test_what_cannot_be_read_ends_the_archive(archive: Archive, reason: str) -> None:
    archive.server.put(
        "m", size=600, storage_class="ColdArchive" if reason == "archived" else "Standard"
    )
    if reason == "denied":
        archive.server.fault("status", status=403, code="AccessDenied", key="m")

    with pytest.raises(IncompleteError, match="'m'"):
        archive.made()

    assert archive.data == BEGINNING
    assert archive.is_refused


def test_a_key_that_is_refused_stops_it(archive: Archive) -> None:
    archive.server.put("m", size=600)
    archive.server.fault("status", status=403, code="InvalidAccessKeyId", key="m")

    with pytest.raises(StoreError) as raised:
        archive.made()

    assert raised.value.status == 3


@pytest.mark.fault("F22")
def test_an_outage_is_told_and_waited_for(own_server: DemoServer, tmp_path: Path) -> None:
    archive = Archive(own_server, tmp_path)
    own_server.put("a", b"x")
    own_server.fault("hold", operation="get")

    def use(stream: TarStream) -> None:
        wait_until(lambda: own_server.requests("a"))
        own_server.offline()
        wait_until(lambda: stream.progress.note)
        told = stream.progress
        assert (told.phase, str(told.note)) == (Phase.WAITING, "waiting for the network")
        own_server.clear_faults()
        own_server.online()
        assert stream.result().objects == 1
        assert stream.progress.note == ""

    archive.begun(archive.write, use)

    assert archive.bodies == {"a": b"x"}


@pytest.mark.fault("F22")
def test_patience_ends(own_server: DemoServer, tmp_path: Path) -> None:
    archive = Archive(own_server, tmp_path)
    own_server.put("a", b"x")
    own_server.put("b", b"x")
    own_server.fault("hold", operation="get", key="b")

    def use(stream: TarStream) -> None:
        transfer = replace(stream.job.transfer, patience_seconds=0.0)
        stream.job = replace(stream.job, transfer=transfer)
        wait_until(lambda: own_server.requests("b"))
        own_server.offline()
        with pytest.raises(StoreError, match="read 'b'"):
            stream.result()

    archive.begun(archive.write, use)


def test_a_slow_reader_does_not_fill_the_memory(archive: Archive) -> None:
    archive.server.put("large", size=MEMORY + 8 * BACKLOG)
    let_go = threading.Event()

    def write(data: memoryview) -> int:
        let_go.wait(60)
        return archive.write(data)

    def use(stream: TarStream) -> None:
        # nothing more is asked for once the memory is full: two looks see the same
        before = -1
        while (asked := len(archive.server.requests("large"))) != before or asked < MEMORY // PIECE:
            before = asked
            threading.Event().wait(0.3)
        assert asked * PIECE <= MEMORY + 2 * BACKLOG
        stream.stop()
        stream.join(60)
        let_go.set()

    archive.begun(write, use)


def test_it_stops_though_its_reader_takes_nothing(archive: Archive) -> None:
    archive.server.put("large", size=8 * PIECE)
    is_writing, let_go = threading.Event(), threading.Event()

    def write(data: memoryview) -> int:
        is_writing.set()
        let_go.wait(60)
        return len(data)

    def use(stream: TarStream) -> None:
        assert is_writing.wait(60)
        stream.stop()
        stream.join(60)
        let_go.set()
        with pytest.raises(Stopped):
            stream.result()

    archive.begun(write, use)


def test_it_opens_no_more_connections_than_the_session_allows(archive: Archive) -> None:
    archive.server.fill("many/{:02d}", 60, 700)
    archive.session.runs.connections = 2

    def use(stream: TarStream) -> None:
        wait_until(lambda: stream.progress.connections > 0)
        assert stream.progress.connections == 2
        stream.stop()

    archive.server.fault("hold", key="many/*")
    archive.begun(archive.write, use)
