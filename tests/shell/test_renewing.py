"""What a person sees of credentials that end on the way, and how they give new ones."""

import sys

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Launcher

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of its own")

OLD, NEW = "old-secret-0123456789", "new-secret-0123456789"


@pytest.fixture
def slow(server: DemoServer) -> DemoServer:
    """Give a bucket that takes hours until faults are cleared, whose credentials can be ended."""
    server.set_credentials("first-key", OLD, "old-token")
    server.fill("d/{:03d}", 200, 20_000)
    server.fault("slow", key="d/*", rate=200)
    return server


def renew(server: DemoServer) -> None:
    """End the credentials of a server; others are good now."""
    server.set_credentials("second-key", NEW)
    server.clear_faults()


@pytest.mark.fault("F25")
def test_a_person_is_asked_for_new_credentials_while_the_run_waits(
    launch: Launcher, slow: DemoServer
) -> None:
    with launch.on(slow).terminal("oss://demo-bucket/d/") as terminal:
        terminal.answer("d/>", "set connections 4")
        terminal.answer("d/>", "get")
        terminal.until("of 200")
        renew(slow)
        terminal.answer("no\\s+longer\\s+accepted[\\s\\S]*AccessKey ID", "nobody")
        terminal.answer("AccessKey secret", "wrong")
        terminal.answer("AccessKey ID", "second-key")
        terminal.answer("AccessKey secret", NEW)
        terminal.until("done: 200 objects")
        seen = terminal.text

    assert "environment OSS_ACCESS_KEY_ID" in seen
    assert NEW not in seen


@pytest.mark.fault("F25")
def test_who_gives_none_lets_the_run_wait_for_its_source(
    launch: Launcher, slow: DemoServer
) -> None:
    (launch.home / ".ossutilconfig").write_text(
        "[Credentials]\naccessKeyID=first-key\n"
        f"accessKeySecret={OLD}\nstsToken=old-token\nendpoint={slow.endpoint}\n"
    )

    with launch.terminal("oss://demo-bucket/d/") as terminal:
        terminal.answer("d/>", "set connections 4")
        terminal.answer("d/>", "get")
        terminal.until("of 200")
        renew(slow)
        terminal.answer("AccessKey ID", "")
        terminal.until("waiting; Ctrl-C stops")
        (launch.home / ".ossutilconfig").write_text(
            f"[Credentials]\naccessKeyID=second-key\naccessKeySecret={NEW}\n"
        )
        terminal.until("done: 200 objects")


@pytest.mark.fault("F25")
def test_a_job_in_the_background_says_that_it_waits_and_connect_mends_it(
    launch: Launcher, slow: DemoServer
) -> None:
    with launch.on(slow).terminal("oss://demo-bucket/d/") as terminal:
        terminal.answer("d/>", "set connections 4")
        terminal.answer("d/>", "get --background")
        terminal.until("is running in the background")
        terminal.drawn(r"d: \[\d+ %")
        renew(slow)
        terminal.answer("no\\s+longer\\s+accepted[\\s\\S]*connect --ask", "connect --ask")
        terminal.answer("region or endpoint", slow.endpoint)
        terminal.answer("AccessKey ID", "second-key")
        terminal.answer("AccessKey secret", NEW)
        terminal.until("continues with these credentials")
        terminal.until("done: 200 objects")

        assert NEW not in terminal.text


@pytest.mark.fault("F25")
@pytest.mark.parametrize("is_verb", [False, True], ids=["at the prompt", "as a verb"])
def test_credentials_that_come_from_their_source_end_the_question_for_them(
    launch: Launcher, slow: DemoServer, *, is_verb: bool
) -> None:
    config = launch.home / ".ossutilconfig"
    key = f"[Credentials]\naccessKeyID=first-key\naccessKeySecret={OLD}\nstsToken=old-token\n"
    config.write_text(f"{key}endpoint={slow.endpoint}\n")
    words = ["get", "oss://demo-bucket/d/", "--to", "d"] if is_verb else ["oss://demo-bucket/d/"]

    with launch.terminal(*words) as terminal:
        if not is_verb:
            terminal.answer("d/>", "get")
        terminal.until("of 200")
        renew(slow)
        terminal.until("AccessKey ID")
        config.write_text(f"[Credentials]\naccessKeyID=second-key\naccessKeySecret={NEW}\n")
        terminal.until("done: 200 objects")
