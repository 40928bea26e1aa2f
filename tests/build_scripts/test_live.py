"""live.py against the demo server: a faithful one, and one that lies; with and without consent."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import environment
import pytest
from live_checks import command
from terminal import Terminal

from ossh import demo
from ossh.demo import DemoServer
from tests.servers import Lender

STEADY = 4096  # bytes


@pytest.fixture
def server(lender: Lender) -> Iterator[DemoServer]:
    """Serve one object of each kind that is asked for."""
    with lender.lend() as lent:
        _fill(lent)
        yield lent


def _fill(server: DemoServer) -> None:
    server.put("a/steady.bin", size=STEADY, headers={"x-oss-version-id": "CAEQ1"})
    server.put("a/empty.txt", b"")
    server.put("b/appended.log", size=300, type="Appendable")
    server.put("b/cold.tar", size=500, storage_class="ColdArchive")
    server.put("b/large.bin", size=20 << 20)
    server.put("b/link", symlink_to="a/steady.bin")
    server.put("c d/\N{LATIN SMALL LETTER E WITH ACUTE}+%.txt", b"odd")
    server.put("page.html", b"\x1f\x8b not really", content_encoding="gzip")


class Run:
    """Asks all questions of the server, in this process."""

    def __init__(self, server: DemoServer, capsys: pytest.CaptureFixture[str]) -> None:
        self._server = server
        self._capsys = capsys
        self.output = self.errors = ""

    def __call__(self, *arguments: str) -> tuple[int, dict[str, str]]:
        """Return the status, and by question its answer and detail."""
        address = f"oss://{self._server.bucket}/"
        status = command.main([address, "--yes", *arguments])
        self.output, self.errors = self._capsys.readouterr()
        rows = [line.split("|") for line in self.output.splitlines() if "|" in line]
        return status, {row[1].strip(): f"{row[2].strip()} {row[3].strip()}" for row in rows[2:]}


@pytest.fixture
def run(
    server: DemoServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    for name, value in _environ(server).items():
        monkeypatch.setenv(name, value)
    return Run(server, capsys)


def _environ(server: DemoServer) -> Mapping[str, str]:
    return {
        **server.environ,
        "OSS_SESSION_TOKEN": "",
        "OSS_ENDPOINT": server.endpoint,
        "OSS_REGION": server.region,
    }


def test_a_faithful_service_gets_no_no(run: Run, server: DemoServer) -> None:
    with demo.start(empty=True) as other:
        other.set_credentials(server.access_key_id, server.access_key_secret)
        other.add_bucket(server.bucket, elsewhere=server.endpoint.partition("://")[2])

        status, answers = run("--elsewhere", other.endpoint)

    assert status == 0
    assert [about for about, told in answers.items() if not told.startswith("yes")] == []
    assert answers["the wrong endpoint is recognized"] == "yes and names the one in use"
    assert answers["a job downloads an object and proves it"] == "yes proved by crc64"


@pytest.mark.parametrize(
    ("fault", "question"),
    [
        ({"kind": "bad-crc", "key": "a/s*"}, "x-oss-hash-crc64ecma is the CRC64 of the bytes"),
        ({"kind": "corrupt", "key": "a/s*"}, "the ETag of an object of type Normal is its MD5"),
        ({"kind": "no-crc", "key": "b/app*"}, "objects made of parts have a CRC64"),
        ({"kind": "ignore-range"}, "a range beyond the end gives what there is"),
        ({"kind": "ignore-range"}, "a range in the middle of a large object"),
        ({"kind": "append", "key": "a/s*", "after": 1}, "a signed URL works"),
        ({"kind": "gone", "key": "a/s*", "after": 1}, "a version is found by its id"),
        ({"kind": "disorder"}, "keys are listed in the order of their bytes"),
        (
            {"kind": "ignore-parameter", "parameter": "start-after"},
            "start-after continues behind a key",
        ),
        (
            {"kind": "ignore-parameter", "parameter": "continuation-token"},
            "short pages and their tokens give the same keys",
        ),
        (
            {"kind": "ignore-parameter", "parameter": "delimiter"},
            "a level shows what the keys below it say",
        ),
        (
            {"kind": "ignore-parameter", "parameter": "key-marker"},
            "versions are listed by key, the newest first",
        ),
        ({"kind": "portal", "key": "no-such*"}, "every answer has a request id and a date"),
        (
            {"kind": "status", "status": 404, "code": "Lost", "key": "no-such*"},
            "a missing object is recognized (GET)",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value["kind"],
)
def test_a_service_that_lies_gets_a_no(
    run: Run, server: DemoServer, fault: dict[str, object], question: str
) -> None:
    options = dict(fault)
    server.fault(str(options.pop("kind")), **options)

    status, answers = run()

    assert status == 1
    assert answers[question].startswith("no "), answers


def test_an_empty_bucket_has_nothing_to_ask_with(run: Run, server: DemoServer) -> None:
    server.add_bucket("bare-bucket")
    server.bucket = "bare-bucket"

    status, answers = run()

    assert status == 0
    assert answers["an object is as its listing says"] == "none no small object to read"
    assert answers["a missing object is recognized (HEAD)"].startswith("yes")


def test_the_table_names_nobody_and_nothing(run: Run, server: DemoServer) -> None:
    server.fault("status", status=400, code=server.bucket, message="a/steady.bin", key="a/s*")

    run()

    shown = run.output
    assert "refused (…)" in shown
    names = (server.bucket, "127.0.0.1", str(server.port), "steady", "page.html", "cold.tar")
    for name in (*names, server.access_key_id, server.access_key_secret):
        assert name not in shown


def test_a_service_that_goes_away_ends_the_questions(run: Run, server: DemoServer) -> None:
    server.fault("reset", key="a/*")

    status, answers = run()

    assert status == 3
    assert run.errors.endswith("error: the service does not answer: reset (connection lost)\n")
    assert answers["version 4 signatures, host signed, are accepted"].startswith("yes")
    assert "an object is as its listing says" not in answers


def test_a_wrong_secret_is_told_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", "not-this-one")

    status, answers = run()

    assert (status, answers) == (3, {})
    assert "error: cannot list oss://demo-bucket/: " in run.errors
    assert "Traceback" not in run.errors


def test_without_consent_nothing_is_asked(server: DemoServer) -> None:
    done = subprocess.run(
        [sys.executable, "build_scripts/live.py", f"oss://{server.bucket}/"],
        cwd=environment.ROOT,
        env={**environment.environ(), **_environ(server)},
        input="",  # on Windows, what stands for nothing to read is taken for a terminal
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "at most" in done.stderr
    assert "add --yes" in done.stderr
    assert not done.stdout
    assert server.requests() == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of its own")
@pytest.mark.parametrize(("typed", "status"), [("n", 2), ("y", 0)])
def test_a_person_is_asked_first(
    server: DemoServer, tmp_path: Path, typed: str, status: int
) -> None:
    script = [sys.executable, str(environment.ROOT / "build_scripts" / "live.py")]
    environ = {**environment.environ(), **_environ(server)}

    with Terminal([*script, f"oss://{server.bucket}/"], tmp_path, environ) as terminal:
        terminal.until(r"Begin\? \[y/N\]")
        assert server.requests() == []
        terminal.type(typed)
        ended = terminal.process.wait(60)

    assert ended == status
