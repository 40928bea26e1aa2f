"""What is asked while the shell still loads: nothing twice, and told as if it were asked later."""

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Launcher


def pages_asked(server: DemoServer) -> list[tuple[str, str]]:
    """Return the prefix and the size of each page that was asked for, sorted."""
    queries = [one["query"] for one in server.requests() if not one["key"]]
    return sorted((one.get("prefix", ""), one["max-keys"]) for one in queries)


@pytest.mark.parametrize(
    ("place", "command", "pages"),
    [
        ("logs/", "pwd", [("logs/", "1")]),
        ("", "get --to files", [("", "1"), ("", "1000")]),
        ("logs/", "get --to files", [("logs/", "1"), ("logs/", "1000")]),
        ("", "get logs/ --to files", [("", "1"), ("logs/", "1"), ("logs/", "1000")]),
    ],
)
def test_each_page_is_asked_for_once(
    own: Launcher, server: DemoServer, place: str, command: str, pages: list[tuple[str, str]]
) -> None:
    server.put("logs/a.gz", b"x")
    server.clear_requests()

    done = own(f"oss://{server.bucket}/{place}", "-c", command)

    assert done.returncode == 0, done.stderr
    assert pages_asked(server) == pages


@pytest.mark.parametrize("command", ["get", "get --to files", "get --to files --name mine"])
def test_a_job_that_is_listed_asks_for_no_page(
    own: Launcher, server: DemoServer, command: str
) -> None:
    server.put("logs/2026/a.gz", b"x")
    address = f"oss://{server.bucket}/logs/2026/"
    assert own(address, "-c", command).returncode == 0
    server.clear_requests()

    done = own(address, "-c", command)

    assert done.returncode == 0, done.stderr
    assert pages_asked(server) == [("logs/2026/", "1")]


@pytest.mark.parametrize("command", ["pwd", "get --to files"])
def test_a_wrong_secret_is_told_once(own: Launcher, command: str) -> None:
    wrong = "a-secret-that-is-wrong"

    done = own("oss://demo-bucket/", "-c", command, OSS_ACCESS_KEY_SECRET=wrong)

    assert done.returncode == 3
    assert done.stdout == ""
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "hint"]
    assert not (own.folder / "files").exists()


def test_without_credentials_nothing_is_asked(launch: Launcher, server: DemoServer) -> None:
    server.clear_requests()

    done = launch(f"oss://{server.bucket}/", "-c", "get", OSS_ENDPOINT=server.endpoint)

    assert done.returncode == 3
    assert done.stderr.count("error:") == 1
    assert server.requests() == []
