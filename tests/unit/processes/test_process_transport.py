"""A real process, and the pipes to it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ossh.installation import FETCH_FOR_RUN, command
from ossh.model import Route
from ossh.network import Timeouts
from ossh.processes.process_transport import MOST_FAILURES, ProcessTransport, proxies
from ossh.transfer.messages import Crashed, Fetch, Reply
from ossh.workers.transport import Replies, Unreachable
from ossh.workers.worker_messages import Batch, SessionRequest, WorkerLimits
from tests.unit.transfer.rig import entry
from tests.waiting import DEADLINE_SECONDS


@asynccontextmanager
async def connected(
    transport: ProcessTransport, on_replies: Replies = lambda *_: None
) -> AsyncIterator[ProcessTransport]:
    """Give a transport that is connected, and end its processes."""
    await transport.connect(on_replies, lambda *_: None)
    try:
        yield transport
    finally:
        await transport.close()


def request(folder: Path) -> SessionRequest:
    return SessionRequest("run", str(folder), "job1", Timeouts(), Route(), WorkerLimits(4, 1, 0))


def test_a_bug_in_a_process_is_reported_with_its_trace(tmp_path: Path) -> None:
    unsigned = (Fetch(entry(1, 4, key="k")), None)

    async def replies() -> list[Reply]:
        found: list[Reply] = []
        has_any = asyncio.Event()

        def take(_name: str, some: Sequence[Reply]) -> None:
            found.extend(some)
            has_any.set()

        async with connected(ProcessTransport(1), take) as transport:
            [name] = await transport.present()
            assert await transport.greet(name, request(tmp_path)) == ""
            transport.send(name, Batch("run", 0, (unsigned,)))
            await asyncio.wait_for(has_any.wait(), DEADLINE_SECONDS)
            return found

    [reply] = asyncio.run(replies())

    assert isinstance(reply, Crashed)
    assert "KeyError" in reply.text


def test_a_process_that_cannot_write_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="ascii")

    async def answer() -> str:
        async with connected(ProcessTransport(1)) as transport:
            [name] = await transport.present()
            return await transport.greet(name, request(tmp_path / "file" / "below"))

    assert "cannot" in asyncio.run(answer())


def test_processes_that_end_at_once_are_given_up(tmp_path: Path) -> None:
    transport = ProcessTransport(1, [sys.executable, "-c", "pass"])

    async def start() -> None:
        async with connected(transport):
            for _ in range(2 * MOST_FAILURES):
                [name] = await transport.present()
                assert await transport.greet(name, request(tmp_path))

    with pytest.raises(Unreachable, match="end as soon as they are started"):
        asyncio.run(start())


@pytest.mark.skipif(sys.platform == "win32", reason="nothing there waits for a process by its id")
def test_a_process_that_ends_as_it_is_killed_is_no_surprise(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def kill_what_ends() -> None:
        for _ in range(200):
            async with connected(ProcessTransport(1, ["false"])) as transport:
                [name] = await transport.present()
                await transport._children[name].listening  # its pipe has ended: it ends now

    asyncio.run(kill_what_ends())

    assert not caplog.messages


def test_without_a_thread_to_wait_for_it_no_process_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("can't start new thread")

    async def start() -> None:
        async with connected(ProcessTransport(1)) as transport:
            await transport.present()

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)

    with pytest.raises(Unreachable, match="can't start new thread"):
        asyncio.run(start())


def test_processes_go_on_when_no_more_can_be_started(tmp_path: Path) -> None:
    line = command(FETCH_FOR_RUN)

    async def go_on() -> None:
        async with connected(ProcessTransport(1, line)) as transport:
            [name] = await transport.present()
            line[0] = str(tmp_path / "nothing")
            transport.count = 2
            assert await transport.present() == {name}
            assert await transport.greet(name, request(tmp_path)) == ""

    asyncio.run(go_on())


def test_processes_go_on_when_others_end_at_once(tmp_path: Path) -> None:
    line = command(FETCH_FOR_RUN)

    async def go_on() -> None:
        async with connected(ProcessTransport(1, line)) as transport:
            [name] = await transport.present()
            line[1:] = ["-c", "pass"]
            transport.count = 2
            for _ in range(MOST_FAILURES):
                [other] = await transport.present() - {name}
                assert await transport.greet(other, request(tmp_path))
            assert await transport.present() == {name}
            assert await transport.greet(name, request(tmp_path)) == ""

    asyncio.run(go_on())


def test_processes_that_are_being_greeted_have_not_failed(tmp_path: Path) -> None:
    async def greet_all() -> None:
        async with connected(ProcessTransport(MOST_FAILURES)) as transport:
            names = await transport.present()
            welcomes = [transport.greet(one, request(tmp_path)) for one in names]
            greetings = asyncio.gather(*welcomes)
            await asyncio.sleep(0)  # until all are being greeted
            transport.count += 1
            assert len(await transport.present()) == MOST_FAILURES + 1
            assert set(await greetings) == {""}

    asyncio.run(greet_all())


def test_proxies_are_told_by_the_pipe() -> None:
    given = {"https_proxy": "http://a:b@proxy", "NO_PROXY": "*", "PATH": "/bin"}

    assert proxies(given) == {"https_proxy": "http://a:b@proxy", "NO_PROXY": "*"}
