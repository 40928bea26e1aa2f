"""get --follow: what is new in the bucket is fetched, round after round, and nothing is missed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.manifest import ManifestReader
from ossh.session import BackgroundRun
from ossh.transfer.watching import Phase
from tests.shell.conftest import Driver, Launcher, NewDriver, commands
from tests.waiting import wait_until

FOLLOW = "get logs/ --to here --follow --every 20ms"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="a terminal, or POSIX signals")


@pytest.fixture
def bucket(server: DemoServer) -> DemoServer:
    for name in ("b", "m", "x"):
        server.put(f"logs/{name}", name.encode())
    return server


@pytest.fixture
def say(bucket: DemoServer, new_driver: NewDriver) -> Iterator[Driver]:
    driver = new_driver(bucket)
    driver.session.environ = {**os.environ, **driver.session.environ}
    yield driver
    bucket.clear_faults()
    driver.shell.park()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "here"


def begin(say: Driver, line: str = FOLLOW) -> BackgroundRun:
    """Follow in the background, and return that after a round."""
    assert say(f"{line} --background").status == 0
    [one] = say.session.runs.alive
    wait_until(lambda: one.run.rounds or not one.is_alive())
    return one


def idle(one: BackgroundRun) -> bool:
    return one.run.progress.phase is Phase.IDLE


def next_round(one: BackgroundRun) -> None:
    """Wait until a round has ended that began after this was called."""
    for _ in range(2):
        known = one.run.rounds[-1]
        wait_until(lambda known=known: one.run.rounds[-1] is not known)  # type: ignore[misc]


def test_what_is_new_or_changed_arrives_and_what_was_edited_here_stays(
    say: Driver, bucket: DemoServer, here: Path
) -> None:
    one = begin(say)
    assert (here / "b").read_bytes() == b"b"
    (here / "x").write_bytes(b"mine, and longer")

    bucket.put("logs/a", b"new")
    bucket.put("logs/b", b"other")
    bucket.put("logs/x", b"theirs")
    bucket.delete("logs/m")

    wait_until(lambda: (here / "a").exists() and (here / "b").read_bytes() == b"other")
    next_round(one)
    stopped, waited = say("stop"), say("wait")
    assert "here not complete: 2 of 3 objects" in stopped.err
    assert "resume" not in stopped.err
    assert "nothing is running" in waited.err
    assert (here / "x").read_bytes() == b"mine, and longer"
    assert (here / "m").exists()


def test_a_round_without_news_leaves_no_trace_in_the_history(say: Driver) -> None:
    one = begin(say)

    next_round(one)
    next_round(one)

    assert len(ManifestReader(one.job.manifest_path).runs()) == 1
    assert one.run.listed is None  # so that its end tells no age of the listing


def test_a_file_that_was_removed_here_is_fetched_again(say: Driver, here: Path) -> None:
    one = begin(say)

    (here / "b").unlink()

    wait_until((here / "b").exists)
    assert one.is_alive()


def test_an_outage_is_waited_out(say: Driver, bucket: DemoServer, here: Path) -> None:
    one = begin(say)

    bucket.offline()
    wait_until(lambda: one.progress.note == "waiting for the network")
    bucket.put("logs/after", b"after")
    bucket.online()

    wait_until((here / "after").exists)


def test_trouble_is_told_once_and_its_end_by_the_next_line(
    say: Driver, bucket: DemoServer, here: Path
) -> None:
    one = begin(say)
    bucket.fault("status", operation="any", status=403)
    wait_until(lambda: one.run.rounds[-1].trouble)
    troubled = one.run.rounds[-1]
    bucket.clear_requests()
    wait_until(lambda: len(bucket.requests()) >= 2)  # it tries again and again
    assert one.run.rounds[-1] is troubled

    bucket.put("logs/after", b"after")
    bucket.clear_faults()
    wait_until((here / "after").exists)
    wait_until(lambda: one.run.rounds[-1] is not troubled)
    rounds = list(one.run.rounds)
    say.shell.at_prompt = False
    one.stop()
    said = say("wait")

    assert said.status == 0
    assert said.err.count("warning: ") == 1
    assert re.search(r"warning: \d\d:\d\d:\d\d: .*; retrying", said.err)
    assert rounds[rounds.index(troubled) + 1].fetched == 1
    lines = [line for line in said.lines if re.match(r"\d\d:\d\d:\d\d: ", line)]
    assert lines[0].endswith(": fetched 3 objects, 3 B")
    [_, news] = [line for line in lines if not line.endswith(": nothing new")]
    assert news.endswith(": fetched 1 object, 5 B")


def test_what_is_stopped_while_every_round_fails_ends_with_the_reason(
    say: Driver, here: Path
) -> None:
    say("get logs/ --to here")
    here.rename(here.with_name("elsewhere"))
    here.touch()
    one = begin(say)
    assert one.run.rounds[-1].trouble

    one.stop()
    said = say("wait")

    assert said.status == 3
    assert "error: cannot write" in said.err


def test_what_is_stopped_in_trouble_after_good_rounds_tells_both(
    say: Driver, bucket: DemoServer
) -> None:
    one = begin(say)
    bucket.fault("status", operation="any", status=403)
    wait_until(lambda: one.run.rounds[-1].trouble)

    one.stop()
    said = say("wait")

    assert said.status == 3
    assert "stopped by an error: 3 of 3 objects" in said.out
    assert "error: cannot continue job 'here': access denied" in said.err


def test_what_cannot_begin_ends_as_any_run_does(say: Driver, bucket: DemoServer) -> None:
    bucket.fault("status", operation="flat", status=403)

    said = say(FOLLOW)

    assert said.status == 3
    assert "access denied" in said.err
    assert not say.session.runs.alive


def test_a_job_that_is_removed_between_two_rounds_is_its_end(say: Driver) -> None:
    one = begin(say)

    say("pause")
    wait_until(lambda: idle(one) and one.progress.note == "paused")
    for path in say.job.path.parent.glob("here.*"):
        path.unlink()  # as `jobs remove` of another process does
    one.run.controls = replace(one.run.controls, paused=False)
    wait_until(lambda: not one.is_alive())

    said = say("wait")
    assert (said.status, "there is no job file" in said.err) == (2, True)
    assert not say.job.manifest_path.exists()


def test_pause_resume_and_stop_work_on_it(say: Driver, bucket: DemoServer, here: Path) -> None:
    one = begin(say)

    assert say("pause").status == 0
    wait_until(lambda: idle(one) and one.progress.note == "paused")
    bucket.clear_requests()
    bucket.put("logs/later", b"later")
    assert say("wait here").status == 2  # it is paused
    assert "here is paused" in say("wait").err
    assert not bucket.requests()
    assert say("resume").status == 0
    wait_until((here / "later").exists)
    next_round(one)

    said = say("stop")

    assert "here done: 4 objects" in said.err
    assert not one.is_alive()


def test_the_command_is_run_after_each_round_that_brought_something(
    say: Driver, bucket: DemoServer
) -> None:
    script = say.folder / "told.py"
    script.write_text(
        "import os\n"
        "open('told', 'a').write(os.environ['OSSH_FETCHED'] + ' ' + os.environ['OSSH_STATUS'])\n"
        "open('told', 'a').write('\\n')\n"
    )
    told = say.folder / "told"
    one = begin(say, f'{FOLLOW} --on-done "{sys.executable} {script}"')
    next_round(one)
    assert told.read_text() == "3 0\n"

    bucket.put("logs/new", b"new")
    wait_until(lambda: told.read_text().count("\n") == 2)
    next_round(one)
    say("stop")

    assert told.read_text() == "3 0\n1 0\n"


def test_a_command_that_fails_after_a_round_leaves_a_worse_status(
    say: Driver, bucket: DemoServer
) -> None:
    bucket.fault("status", key="logs/b", status=403, times=99)
    one = begin(say, f"{FOLLOW.replace('20ms', '1h')} --on-done no-such-program")

    wait_until(lambda: idle(one))
    one.stop()
    said = say("wait")

    assert "'no-such-program'" in said.err
    assert "not complete: 2 of 3 objects" in said.out
    assert said.status == 1


def test_other_jobs_do_not_wait_for_its_end(say: Driver, bucket: DemoServer) -> None:
    bucket.put("more/a", b"a")
    one = begin(say)

    other = say("get more/ --background")
    waited = say("wait more")

    assert "more is running in the background" in other.err
    assert waited.status == 0
    assert "done: 1 object" in waited.out
    assert one.is_alive()


def test_what_never_changes_cannot_be_followed(say: Driver) -> None:
    say("save logs")
    say.edit("logs", "[source]", '[source]\ninventory = "oss://reports/a/manifest.json"')
    say("open logs")

    said = say("get --follow")

    assert said.status == 2
    assert "the job 'logs' cannot be followed" in said.err


def test_one_object_is_followed_too_and_its_job_stays(
    say: Driver, bucket: DemoServer, here: Path
) -> None:
    begin(say, "get logs/b --to here --follow --every 20ms")

    bucket.put("logs/b", b"changed")

    wait_until(lambda: (here / "b").read_bytes() == b"changed")
    say("stop")
    assert say("jobs show here").status == 0


def test_a_mirror_is_kept_true(say: Driver, bucket: DemoServer, here: Path) -> None:
    one = begin(say, f"{FOLLOW} --mirror")
    bucket.delete("logs/m")
    wait_until(lambda: not (here / "m").exists())
    next_round(one)
    rounds = list(one.run.rounds)
    bucket.put("logs/m", b"back")
    wait_until((here / "m").exists)
    next_round(one)
    one.steer(paused=True)
    wait_until(lambda: idle(one) and one.progress.note == "paused")
    for name in ("b", "m", "x"):  # no round sees that some are gone
        bucket.delete(f"logs/{name}")
    one.steer(paused=False)
    wait_until(lambda: one.run.rounds[-1].trouble)

    assert [moved.removed for moved in rounds if moved.removed] == [1]
    assert [file.read_bytes() for file in here.glob(".ossh/trash/*/m")] == [b"m"]
    assert "nothing was moved" in one.run.rounds[-1].trouble
    assert (here / "b").exists()
    bucket.put("logs/b", b"b again")
    bucket.put("logs/m", b"m again")
    wait_until(lambda: (here / "b").read_bytes() == b"b again" and not (here / "x").exists())


def started(launch: Launcher, server: DemoServer, *lines: str) -> "subprocess.Popen[str]":
    arguments = (f"oss://{server.bucket}/", *commands(*lines))
    return launch.on(server).started(*arguments, PYTHONUNBUFFERED="1")


@posix_only
def test_ctrl_c_between_rounds_is_its_end_and_during_one_an_interruption(
    bucket: DemoServer, launch: Launcher
) -> None:
    with started(launch, bucket, FOLLOW.replace("20ms", "1h"), "pwd") as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith(": fetched 3 objects, 3 B\n")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    # on a slow machine it tells how far it is
    told = [line for line in err.splitlines() if not line.startswith("[")]
    assert (process.returncode, told) == (0, [])
    assert out.startswith("done: 3 objects, 3 B, all in ")
    assert out.endswith("oss://demo-bucket/\n")  # the script goes on

    bucket.put("logs/more", b"more")
    bucket.fault("hold", key="logs/more")
    with started(launch, bucket, FOLLOW, "pwd") as process:
        wait_until(lambda: bucket.counts()["logs/more"])
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped: 3 of 4 objects" in out
    assert "oss://demo-bucket/" not in out


@posix_only
def test_at_a_terminal_the_toolbar_tells_the_next_look_and_a_line_what_came(
    bucket: DemoServer, launch: Launcher
) -> None:
    with launch.on(bucket).terminal("oss://demo-bucket/") as terminal:
        terminal.answer("bucket/>", "get logs/ --to here --follow --every 3s")
        terminal.until(r"fetched 3 objects[\s\S]*next check at \d\d:\d\d:\d\d")
        terminal.interrupt()
        terminal.answer("or continue", "b")
        terminal.until("here is running in the background")
        terminal.drawn(r"here: \[100 %\] 3 of 3 · next check at \d\d:")
        bucket.put("logs/new", b"new")
        terminal.answer(r"here: \d\d:\d\d:\d\d: fetched 1 object, 3 B", "wait")
        terminal.until(r"\| \[100 %\] 4 of 4")  # the bar; the toolbar said so before
        terminal.interrupt()
        terminal.answer(r"here continues in the background[\s\S]*bucket/>", "stop")
        terminal.until("here done: 4 objects")
