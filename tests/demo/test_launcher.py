"""The server's life: start, stop, outages, and the death of its parent."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from ossh import demo
from tests.demo.bare import Bare, ask
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


def test_line_tells_all_that_a_client_needs() -> None:
    with demo.start(region="cn-beijing", synthetic={"more-objects": (3, 5)}) as server:
        assert server.endpoint == f"http://127.0.0.1:{server.port}"
        assert (server.region, server.bucket) == ("cn-beijing", "demo-bucket")
        assert server.buckets == ["demo-bucket", "demo-reports", "more-objects"]
        assert server.access_key_id
        assert server.access_key_secret
        assert len(server.body("data/00000/00000002.bin", bucket="more-objects")) == 5


def test_outage_cuts_connections_and_forgets_nothing(server: demo.DemoServer) -> None:
    server.put("a", b"x")
    with Bare(server) as bare:
        bare.ask("GET", "a")
        server.offline()
        server.offline()

        assert bare.is_closed()
        with pytest.raises(ConnectionError):
            ask(server, "a")
        server.online()
        assert ask(server, "a").body == b"x"


def test_after_an_outage_it_waits_until_its_port_is_free(server: demo.DemoServer) -> None:
    server.put("a", b"x")
    server.offline()
    coming = threading.Thread(target=server.online)
    with socket.create_server(("127.0.0.1", server.port)):
        coming.start()
        coming.join(0.2)
        assert coming.is_alive()

    coming.join(60)
    assert ask(server, "a").body == b"x"


def test_port_that_stays_taken_is_told(server: demo.DemoServer) -> None:
    server.put("a", b"x")
    server.offline()
    with (
        socket.create_server(("127.0.0.1", server.port)),
        pytest.raises(demo.DemoError, match="bind on address"),
    ):
        server.call("switch", online=True, seconds=0)

    server.online()
    assert ask(server, "a").body == b"x"


def test_server_ends_when_its_parent_is_killed() -> None:
    script = """
        import ossh.demo, sys, time
        server = ossh.demo.start(empty=True)
        print(server.port, server.process.pid, flush=True)
        time.sleep(600)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    port, _ = parent.stdout.readline().split()

    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: not can_connect(int(port)))


def can_connect(port: int) -> bool:
    """Return whether something listens."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without a signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_server_in_good_order(number: signal.Signals) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "ossh.demo", "--empty"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout is not None
    said = json.loads(running.stdout.readline())

    running.send_signal(number)
    rest, errors = running.communicate(timeout=60)

    assert said["endpoint"].startswith("http://127.0.0.1:")
    assert (running.returncode, rest, errors) == (0, b"", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal to send")
def test_interrupt_is_for_the_parent_to_decide(server: demo.DemoServer) -> None:
    server.put("a", b"x")

    server.process.send_signal(signal.SIGINT)

    assert ask(server, "a").body == b"x"


def test_an_interrupted_call_leaves_its_answer_to_no_other() -> None:
    if sys.platform == "win32":
        pytest.skip("no such signals to send")
    heard = list[int]()

    def interrupted_once(number: int, _frame: object) -> None:
        heard.append(number)
        if heard == [number]:
            raise KeyboardInterrupt

    def interrupt() -> bool:  # again and again: one that comes just before the read wakes nobody
        if server._lock.locked():
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return bool(heard)

    before = signal.signal(signal.SIGINT, interrupted_once)
    try:
        with demo.start(empty=True) as server:
            server.process.send_signal(signal.SIGSTOP)
            interrupting = threading.Thread(target=wait_until, args=(interrupt,))
            interrupting.start()
            with pytest.raises(KeyboardInterrupt):
                server.fill("{}", 3, 4096)
            interrupting.join()

            assert server.process.poll() is not None
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("size", [1, 10_000_000], ids=["waits for an answer", "is still sent"])
def test_server_that_hangs_is_stopped_during_a_call(size: int) -> None:
    if sys.platform == "win32":
        pytest.skip("no such signal to send")
    failed: list[str] = []

    def call() -> None:
        try:
            server.put("a", bytes(size))
        except demo.DemoError as error:
            failed.append(str(error))

    server = demo.start(empty=True)
    server.process.send_signal(signal.SIGSTOP)
    calling = threading.Thread(target=call, daemon=True)
    calling.start()
    wait_until(server._lock.locked)
    stopping = threading.Thread(target=server.stop, daemon=True)
    stopping.start()
    stopping.join(60)
    server.process.kill()
    calling.join(60)

    assert not stopping.is_alive()
    assert failed == ["the demo server ended"]


@pytest.mark.skipif(sys.platform == "win32", reason="no scripts that start by themselves")
@pytest.mark.parametrize("last", ["", r"\200\004", r"\200\004\225\011", "no pickle"])
def test_server_that_ends_during_a_call_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    said = dict.fromkeys(("endpoint", "region", "access_key_id", "access_key_secret"), "x")
    line = json.dumps({**said, "buckets": ["x"]})
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho '{line}'\nhead -c 1 > /dev/null\nprintf '{last}'\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", os.fspath(program))

    with demo.start() as server:
        for _ in range(2):
            with pytest.raises(demo.DemoError, match="the demo server ended"):
                server.body("a")


def test_taken_port_is_an_error(server: demo.DemoServer, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(demo.DemoError, match="did not start"):
        demo.start(port=server.port)

    assert "cannot listen" in capfd.readouterr().err


@pytest.mark.parametrize("text", ["x", "b=1", "UPPER=1x1", "b=1x1TB"])
def test_unreadable_synthetic_bucket_is_refused(text: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ossh.demo", "--synthetic", text],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ended.returncode == 2
    assert "BUCKET=COUNTxSIZE" in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_server_is_told_nothing_that_it_does_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OSS_ACCESS_KEY_SECRET", "OSSH_PROXY_PASSWORD", "ANY_NAME"):
        monkeypatch.setenv(name, "hush")

    with demo.start(empty=True) as server:
        told = Path(f"/proc/{server.process.pid}/environ").read_bytes()

    assert b"PATH=" in told
    assert b"hush" not in told
