"""Answers that are spoilt on the way: a proved file or a failure, whoever reads them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fastcrc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ossh.model import ByteRange, Cause, Entry
from ossh.printable import printable
from ossh.transfer.messages import Done, Failed, Fetch, Look, Reply, Returned, Task
from ossh.transfer.scheduling.item import Item
from ossh.units import moment_at
from tests.unit.network.peer import Peer, Wire
from tests.unit.transfer import rig as scheduling
from tests.unit.transfer.fetching.rig import Rig
from tests.unit.transfer.rig import entry

pytestmark = [pytest.mark.fault("F12"), pytest.mark.fault("F13"), pytest.mark.fault("F19")]

BODY = bytes(range(256)) * 4
CRC = fastcrc.crc64.xz(BODY)
FETCH = Fetch(Entry(1, "k", "dir/k", len(BODY), "E1", moment_at(1_700_000_000.0), "Multipart"))
RANGED = replace(FETCH, range=ByteRange(100, 612))
LOOK = Look(entry(1, key="k"))

STATUSES = st.sampled_from(
    ["200 OK", "206 Partial Content", "304 X", "403 X", "404 X", "503 X", "302 X", "", "20 X", "x"]
)
RIGHT = {
    "Content-Length": str(len(BODY)),
    "x-oss-request-id": "5C3D",
    "ETag": '"E1"',
    "x-oss-hash-crc64ecma": str(CRC),
    "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT",
}
ODD = st.sampled_from(
    [
        *["", " ", "0", "-1", "1_0", "+5", "512", "1024", "1025", "9" * 30, "9" * 5000, "0x10"],
        *["bytes 100-611/1024", "bytes 0-1023/1024", "bytes */0", "bytes 100-611/*", "\u00b2"],
        *["Fri, 31 Dec 9999 23:59:59 -0800", "Thu, 01 Jan 1970 00:00:00 GMT", "soon"],
        *["Mon, 01 Jan 0001 00:00:00 +1400", "chunked", "gzip", "close", "Symlink", '"E2"'],
    ]
) | st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=9)
HEADERS = st.sampled_from(
    [
        *RIGHT,
        *["Content-Range", "Transfer-Encoding", "Content-Encoding", "Connection", "Retry-After"],
        *["x-oss-object-type", "x-oss-storage-class", "x-oss-qos-delay-time", "x-oss-err", "Date"],
    ]
)
BODIES = st.sampled_from(
    [BODY, BODY[100:612], BODY[:-1], BODY + b"?", b"", b"400\r\n" + BODY + b"\r\n0\r\n\r\n"]
) | st.binary(max_size=100)
SPLICES = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 20), st.binary(max_size=3)), max_size=2
)


class Reading(Rig):
    """Lanes that ask a server which says the same bytes to everybody, and hangs up."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._says = b""
        self.server = Peer([self._say])

    def _say(self, wire: Wire) -> None:
        if wire.request():
            wire.send(self._says)

    def ask(self, task: Task, says: bytes) -> Reply:
        """Return the reply to a task that is answered so."""
        self._says = says
        return self.one(task, self.server)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    made = Reading(tmp_path_factory.mktemp("answers"))
    with made.server:
        yield made
        made.close()


def answer(
    status: str, changes: list[tuple[str, str]], body: bytes, splices: list[tuple[int, int, bytes]]
) -> bytes:
    """Return an answer that is right but for some headers, and for some bytes anywhere."""
    fields = [*(RIGHT | dict(changes)).items(), *changes[1:]]
    head = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields), "", ""]
    data = "\r\n".join(head).encode("iso-8859-1") + body
    for at, length, piece in splices:
        data = data[:at] + piece + data[at + length :]
    return data


def expect_file_or_failure(reading: Reading, task: Fetch | Look, reply: Reply) -> None:
    assert isinstance(reply, (Done, Failed, Returned)), reply
    path = reading.target / FETCH.entry.path
    if isinstance(reply, Failed):
        assert reply.failure.message == printable(reply.failure.message)
        assert reply.failure.cause in Cause
        assert not path.exists()
    elif task == FETCH:
        assert isinstance(reply, Done)
        data = path.read_bytes()
        path.unlink()
        assert reply.own is not None
        assert (len(data), fastcrc.crc64.xz(data)) == (task.entry.size, reply.own.crc64)
        assert reply.served is not None
        assert reply.served.crc64 in {None, reply.own.crc64}


@settings(max_examples=300, deadline=None)
@given(
    task=st.sampled_from([FETCH, RANGED, LOOK]),
    status=STATUSES,
    changes=st.lists(st.tuples(HEADERS, ODD), max_size=4),
    body=BODIES,
    splices=SPLICES,
)
@example(FETCH, "200 OK", [], BODY, [])
@example(
    *(RANGED, "206 X"),
    [("Content-Length", "512"), ("Content-Range", "bytes 100-611/1024")],
    *(BODY[100:612], []),
)
@example(LOOK, "200 OK", [("Last-Modified", "Fri, 31 Dec 9999 23:59:59 -0800")], b"", [])
@example(LOOK, "200 OK", [("Last-Modified", "Mon, 01 Jan 0001 00:00:00 +1400")], b"", [])
@example(LOOK, "200 OK", [("Content-Length", "9" * 30)], b"", [])
def test_whatever_is_answered_there_is_a_failure_or_a_proved_file_or_part_or_object(  # noqa: PLR0913 - drawn
    reading: Reading,
    task: Fetch | Look,
    status: str,
    changes: list[tuple[str, str]],
    body: bytes,
    splices: list[tuple[int, int, bytes]],
) -> None:
    body = b"" if task == LOOK else body

    reply = reading.ask(task, answer(status, changes, body, splices))

    expect_file_or_failure(reading, task, reply)
    assert isinstance(reply, (Done, Failed, Returned))
    kept = reply.part if isinstance(reply, Done) else reply.kept
    if task == RANGED and kept is not None:
        assert 100 == kept.start < kept.stop <= 612
        data = reading.partial.read_bytes()[kept.start : kept.stop]
        assert fastcrc.crc64.xz(data) == kept.crc64
    if task == LOOK and isinstance(reply, Done):
        assert reply.served is not None
        item = Item(scheduling.entry(1, key="k"), scheduling.PART_SIZE)
        item.seen(reply.served)
        assert isinstance(item.next_task(), Fetch)
        assert item.entry.size < 2**63
