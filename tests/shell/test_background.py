"""Runs in the background: begun, steered and waited for, line by line and from scripts."""

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher, NewDriver
from tests.waiting import wait_until

MIB = 1024 * 1024


@pytest.fixture
def slow(server: DemoServer) -> DemoServer:
    """Give a bucket with a quick folder, and one that gives nothing until faults are cleared."""
    server.fill("slow/{}", 60, 1)
    server.put("quick/a", b"a")
    server.fault("hold", key="slow/*")
    return server


@pytest.fixture
def say(slow: DemoServer, new_driver: NewDriver) -> Iterator[Driver]:
    """Give a shell in that bucket that leaves nothing running."""
    driver = new_driver(slow)
    driver("set connections 1")
    yield driver
    driver.shell.park()


def begin(say: Driver, line: str = "get --background slow/") -> None:
    """Start a job and wait until the service is asked for its objects."""
    assert say(line).status == 0
    wait_until(lambda: say.session.runs.alive[0].progress.connections > 0)


def states(say: Driver) -> dict[str, str]:
    return {one["name"]: one["state"] for one in map(json.loads, say("jobs --json").lines)}


def test_wait_shows_how_it_ended_and_has_its_status(slow: DemoServer, say: Driver) -> None:
    slow.fault("status", key="quick/a", status=403)
    begin(say)
    slow.clear_faults()
    said = say("wait")
    slow.fault("status", key="quick/a", status=403)
    say("get --background quick/")

    failed = say("wait quick")

    assert said.status == 0
    assert said.out.startswith("done: 60 objects")
    assert failed.status == 1
    assert "not complete: 0 of 1 object" in failed.out


def test_several_jobs_queue_and_wait_waits_for_all(slow: DemoServer, say: Driver) -> None:
    begin(say)
    second = say("get --background quick/")

    assert "quick is queued behind slow" in second.err
    assert states(say) == {"slow": "running", "quick": "queued"}
    slow.clear_faults()
    said = say("wait")
    assert said.status == 0
    assert said.out.index("60 objects") < said.out.index("1 object,")
    assert "job slow:" in said.err
    assert (say.folder / "quick" / "a").read_bytes() == b"a"


def test_wait_for_nothing_says_so_and_for_an_unknown_job_fails(say: Driver) -> None:
    nothing, unknown = say("wait"), say("wait nonsense")

    assert (nothing.status, "nothing is running in the background" in nothing.err) == (0, True)
    assert (unknown.status, "there is no job 'nonsense'" in unknown.err) == (2, True)


def test_jobs_and_status_show_a_running_job_as_it_is(say: Driver) -> None:
    begin(say)

    record = json.loads(say("status --json").out)
    shown = dict(line.split("\t", 1) for line in say("status").lines)

    assert (record["state"], record["objects"]) == ("running", 60)
    assert shown["state"] == "running"
    assert re.fullmatch(r"(\[\d+ %\] )?\d+ of 60 · .* of 60 B", shown["now"])


def test_a_paused_job_waits_until_it_is_resumed(slow: DemoServer, say: Driver) -> None:
    begin(say)

    paused = say("pause slow")

    assert (paused.status, "'resume' continues it" in paused.err) == (0, True)
    assert states(say) == {"slow": "paused"}
    assert "paused" in dict(line.split("\t", 1) for line in say("status").lines)["now"]
    assert say("wait slow").status == 2  # it would wait for ever
    assert "slow continues in the background" in say("resume").err
    assert states(say) == {"slow": "running"}
    slow.clear_faults()
    assert say("wait").status == 0


@pytest.mark.parametrize("word", ["./film", "{jobs}/film.toml", "film.toml", "film"])
def test_a_run_is_steered_by_whatever_stands_for_its_job(
    slow: DemoServer, say: Driver, word: str
) -> None:
    begin(say, "get slow/ --to film --background")
    name = word.format(jobs=say.session.jobs_directory.as_posix())
    say.session.job = None
    say("cd quick")

    for command, state in (("pause", "paused"), ("resume", "running")):
        said = say(f"{command} {name}")
        assert (said.status, states(say)) == (0, {"film": state}), said
    slow.clear_faults()
    waited = say(f"wait {name}")

    assert (waited.status, waited.out.startswith("done: 60 objects")) == (0, True)
    assert say.shell.visible_prompt.endswith("/quick/> ")


def test_a_paused_job_that_is_run_again_is_told_to_be_resumed(say: Driver) -> None:
    begin(say)
    say("pause")

    said = say("get slow/")

    assert "error: job 'slow' is already paused in the background\nhint: 'resume' " in said.err


def test_wait_waits_for_what_can_end_and_names_what_is_paused(say: Driver) -> None:
    begin(say)
    say("pause slow")
    say("get --background quick/")

    said = say("wait")

    assert said.status == 0
    assert "slow is paused; 'resume slow' continues it" in said.err
    assert (say.folder / "quick" / "a").read_bytes() == b"a"
    assert states(say) == {"slow": "paused", "quick": "done"}


def test_a_job_that_another_process_runs_is_steered_there(say: Driver, slow: DemoServer) -> None:
    slow.clear_faults()
    say("get quick/")
    path = say.session.jobs_directory / "quick.toml"
    code = (
        "import sys; from pathlib import Path; from ossh.run_lock import RunLock;"
        "lock = RunLock.take(Path(sys.argv[1])); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        for line in ("pause quick", "stop quick", "wait quick"):
            said = say(line)
            assert said.status == 2
            assert f"job 'quick' is being run by process {other.pid} on " in said.err
        other.communicate()

    assert "job 'quick' is not running" in say("stop quick").err


def test_a_resumed_job_that_waits_for_its_turn_is_queued(say: Driver) -> None:
    begin(say)
    say("get --background quick/")
    say("pause quick")

    assert "quick is queued behind slow\n" in say("resume quick").err
    assert states(say) == {"quick": "queued", "slow": "running"}


def test_stop_says_what_is_kept_of_unfinished_objects(say: Driver) -> None:
    say.server.put("large/a", size=64 * MIB)
    say.server.fault("stall", key="large/*", bytes=3 * MIB)
    say("get large/ --background")
    wait_until(lambda: say.session.runs.alive[0].progress.bytes_done > MIB)

    assert re.search(
        r"large stopped: 0 of 1 object, 0 B, in .*; [\d.]+ MiB of unfinished objects are kept and "
        r"need not be fetched again; 'resume large' continues it",
        say("stop").err,
    )


def test_stop_parks_a_job_and_get_goes_on(slow: DemoServer, say: Driver) -> None:
    begin(say)
    say("get --background quick/")

    said = say("stop")

    assert said.status == 0
    assert " of 60" in said.err
    assert "slow stopped: " in said.err
    assert "quick was stopped before it began" in said.err
    assert states(say) == {"slow": "stopped", "quick": "new"}
    slow.clear_faults()
    assert say("get slow/").status == 0


def test_a_rate_is_the_limit_of_all_that_runs_here_together(slow: DemoServer, say: Driver) -> None:
    slow.clear_faults()
    slow.put("one/a", size=600_000)
    slow.put("two/a", size=600_000)
    say("set rate 500kB")
    since = time.monotonic()

    say("get --background one/")
    beside = say("get two/")
    assert say("wait").status == beside.status == 0

    assert time.monotonic() - since > 2.0  # each for itself would take 1.2 s


def test_a_job_that_runs_cannot_be_run_again_or_refreshed(say: Driver) -> None:
    begin(say)

    for command in ("get slow/", "get --background slow/", "retry", "refresh"):
        said = say(command)

        assert said.status == 2, command
        assert "job 'slow' is already running in the background" in said.err


def test_a_retry_that_is_refused_opens_no_job(say: Driver) -> None:
    begin(say)
    say("get quick/")

    for command in ("retry slow", "refresh slow", "retry slow --only none"):
        assert say(command).status == 2, command

    assert say.job.name == "quick"


def test_retry_goes_to_the_background_too(slow: DemoServer, say: Driver) -> None:
    slow.fault("status", key="quick/a", status=403, code="AccessDenied")
    say("get quick/")
    slow.clear_faults()

    assert say("retry --background").status == 0
    assert say("wait").out.startswith("done: 1 object")


def test_an_error_that_ends_a_run_is_reported_by_wait(slow: DemoServer, say: Driver) -> None:
    say("save x --to x")
    slow.fault("status", operation="list", status=403)
    say("get --background")

    said = say("wait")

    assert said.status == 3
    assert "error: " in said.err
    assert "Traceback" not in said.err


def test_the_names_of_running_jobs_are_completed(say: Driver) -> None:
    begin(say)

    assert list(say.shell.complete("s", "stop s", 5, 6).to_strings()) == ["slow"]


def test_the_line_that_continues_a_parked_job_finds_it(launch: Launcher) -> None:
    get = "get video/ --to v --background"

    done = launch("--demo", "--jobs-dir", "my jobs", "-c", "set rate 1KiB", "-c", get)
    hint = re.search(r"v is stopped; 'ossh (.*)' continues it", done.stderr)
    assert hint is not None, done.stderr
    again = launch(*shlex.split(hint[1]))

    assert (launch.folder / "my jobs" / "v.toml").exists()
    assert (done.returncode, again.returncode) == (3, 0), again.stderr
    assert again.stdout.startswith("done: ")


@pytest.mark.parametrize("line", ["resume", "resume slow", "open slow"])
def test_a_stopped_job_is_resumed(slow: DemoServer, say: Driver, line: str) -> None:
    begin(say)
    stopped = say("stop")
    slow.clear_faults()

    said = say(line)
    if line == "open slow":  # as ever
        said = say("get")

    assert "'resume slow' continues it" in stopped.err
    assert (said.status, said.out.startswith("done: 60 objects")) == (0, True)
    assert (say.session.place.prefix == "") == (line != "open slow")  # only who opens it moves
    assert len(list((say.folder / "slow").iterdir())) == 60


def test_a_job_of_an_earlier_process_is_resumed_as_the_only_stopped_one(
    slow: DemoServer, say: Driver
) -> None:
    begin(say)
    say("stop")
    say("get quick/")
    say("cd /")
    slow.clear_faults()

    assert say("resume").out.startswith("done: 60 objects")
    finished = say("resume")
    assert (finished.status, "there is no stopped job to resume" in finished.err) == (2, True)


def test_resume_runs_a_job_that_was_only_saved_when_it_is_named_or_open(say: Driver) -> None:
    say("cd quick/")
    say("save saved")
    say("cd /")

    refused = say("resume")

    assert (refused.status, refused.out) == (2, "")
    assert "there is no stopped job to resume" in refused.err
    assert "to run one that was only saved: 'resume JOB'" in refused.err
    assert say("resume saved").out.startswith("done: ")


def test_resume_asks_which_of_several(say: Driver) -> None:
    for name in ("one", "two"):
        say(f"get slow/ --to {name} --background")
        say("stop")
    say("cd /")
    for name in ("one", "two"):
        say(f"refresh {name}")
    say("cd /")

    said = say("resume")

    assert said.status == 2
    assert "several jobs are stopped: one, two" in said.err
    assert "hint: say which: 'resume one'" in said.err


def test_a_job_is_resumed_in_the_background(say: Driver) -> None:
    begin(say)
    say("stop")

    assert "slow is running in the background" in say("resume --background").err
    assert "slow continues in the background" in say("resume slow").err
    assert "'slow' is already running in the background" in say("resume").err


def test_nothing_that_steers_tells_to_begin_a_job_after_stop(say: Driver) -> None:
    begin(say)
    say("stop")

    for line in ("pause", "stop", "wait slow"):
        said = say(line)
        assert said.status == 2
        assert "hint: 'jobs' lists the jobs, 'resume' continues one" in said.err
