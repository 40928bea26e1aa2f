"""--on-done and `set on_done`: a program that is run when a job is done, and the bell."""

import json
import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher, commands, listed
from tests.waiting import wait_until

TELL = """
import json, os, sys
with open(sys.argv[1], "a") as file:
    print(json.dumps(dict(os.environ)), file=file)
print("the command says so")
sys.exit(int(sys.argv[2]))
"""
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="a terminal, or POSIX signals")


class Hook:
    """A program that writes down its variables, and ends with a status."""

    def __init__(self, folder: Path) -> None:
        self._script, self._told = folder / "tell me.py", folder / "told"
        self._script.write_text(TELL, "utf-8")

    def command(self, status: int = 0) -> str:
        words = [sys.executable, str(self._script), str(self._told), str(status)]
        if sys.platform == "win32":
            return " ".join(f'"{one}"' for one in words)
        return shlex.join(words)

    def option(self, status: int = 0) -> str:
        """Return the option as it is typed; the words with spaces are quoted within it."""
        command = self.command(status)
        return f'--on-done "{command}"' if "'" in command else f"--on-done '{command}'"

    @property
    def told(self) -> list[dict[str, str]]:
        lines = self._told.read_text("utf-8").splitlines() if self._told.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
def hook(tmp_path: Path) -> Hook:
    return Hook(tmp_path)


@pytest.fixture
def say(fresh: Driver) -> Iterator[Driver]:
    for name in ("a", "b", "c"):
        fresh.server.put(f"logs/{name}", name.encode())
    fresh.session.environ = {**os.environ, **fresh.session.environ}
    yield fresh
    fresh.shell.park()


def test_the_command_finds_job_status_and_counts_in_its_variables(say: Driver, hook: Hook) -> None:
    say.server.fault("status", key="logs/c", status=403)

    said = say(f"get logs/ --to here {hook.option()}")

    assert said.status == 1
    [told] = hook.told
    names = {name for name in told if name.startswith("OSSH_")} - os.environ.keys()
    shown = {name: told[name] for name in names}
    seconds = shown.pop("OSSH_SECONDS")
    assert float(seconds) >= 0
    assert shown == {
        "OSSH_JOB": "here",
        "OSSH_JOB_FILE": str(say.folder / "jobs" / "here.toml"),
        "OSSH_TARGET": str(say.folder / "here"),
        "OSSH_STATUS": "1",
        "OSSH_ENDED": "failed",
        "OSSH_OBJECTS": "3",
        "OSSH_DONE": "2",
        "OSSH_FAILED": "1",
        "OSSH_FETCHED": "2",
        "OSSH_BYTES": shown["OSSH_BYTES"],
        "OSSH_LISTED": "",
        "OSSH_FAILED_LIST": str(say.folder / "here" / ".oss-failed.csv"),
    }
    assert int(shown["OSSH_BYTES"]) >= 2
    assert "the command says so" in said.err  # results stay alone on stdout
    assert "the command says so" not in said.out


def test_the_secrets_of_ossh_are_not_passed_on(say: Driver, hook: Hook) -> None:
    secrets = {"ALIBABA_CLOUD_SECURITY_TOKEN": "token", "OSSH_PROXY_PASSWORD": "proxy-password"}
    say.session.environ = {**say.session.environ, **secrets, "MINE": "kept"}

    say(f"get logs/ {hook.option()}")

    [told] = hook.told
    assert told["MINE"] == "kept"
    assert not {say.server.access_key_secret, *secrets.values()} & {*told.values()}
    assert not {name for name in told if "ACCESS_KEY" in name or "TOKEN" in name}


@pytest.mark.parametrize("ending", ["status 3", "missing"])
def test_a_command_that_fails_is_told_and_shows_in_the_exit_status(
    say: Driver, hook: Hook, ending: str
) -> None:
    option = hook.option(3) if ending == "status 3" else "--on-done no-such-program"

    said = say(f"get logs/ --to here {option}")

    assert said.status == 4
    assert "done: 3 objects" in said.out
    why = "failed with exit status 3" if ending == "status 3" else "'no-such-program': "
    assert f"warning: after here: {'cannot run ' if ending == 'missing' else ''}'" in said.err
    assert why in said.err
    assert (say.folder / "here" / "a").exists()


def test_a_command_that_fails_leaves_a_worse_status(say: Driver) -> None:
    say.server.fault("status", key="logs/b", status=403, times=99)

    assert say("get logs/ --to here --on-done no-such-program").status == 1


def test_of_several_jobs_one_that_lacks_objects_is_worse_than_a_command_that_fails(
    say: Driver,
) -> None:
    say.server.fault("status", key="logs/b", status=403, times=99)
    say("get logs/a --to one --background --on-done no-such-program")
    say("get logs/ --to two --background")

    said = say("wait")

    assert said.status == 1
    assert "'no-such-program'" in said.err


def test_jobs_that_ended_unseen_tell_what_is_wrong_as_the_shell_ends(
    say: Driver, capfd: pytest.CaptureFixture[str]
) -> None:
    say.server.fault("status", key="logs/b", status=403, times=99)
    say("get logs/a --to one --background --on-done no-such-program")
    say("get logs/c --to two --background")
    say("get logs/ --to three --background")
    wait_until(lambda: not say.session.runs.alive)
    capfd.readouterr()

    say.shell.park()

    first, second = capfd.readouterr().err.splitlines()
    assert first.startswith("warning: after one: cannot run 'no-such-program': ")
    assert second.startswith("warning: three not complete: 2 of 3 objects")
    assert say.shell.status == 1


def test_a_setting_holds_for_every_job_and_an_option_goes_before_it(
    say: Driver, hook: Hook
) -> None:
    command = hook.command()
    quote = '"' if "'" in command else "'"
    assert say(f"set on_done {quote}{command}{quote}").status == 0

    say("get logs/ --to one")
    say("resume one")
    say("retry")
    listed(say, "logs/", directory="two")
    say("preview logs/")
    say("get logs/ --to three --on-done no-such-program")

    assert [one["OSSH_JOB"] for one in hook.told] == ["one", "one", "one"]
    assert say("set on_done ''").status == 0
    say("get logs/ --to four")
    assert len(hook.told) == 3


@pytest.mark.parametrize("more", ["", " --adopt", " --background"])
@pytest.mark.parametrize(
    ("command", "why"),
    [
        pytest.param(
            "'wrong",
            "check its quotes",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="any quotes make sense there"),
        ),
        ("echo $OSSH_JOB", r"^error: '\$OSSH_JOB' needs a shell.*\nhint: write it as "),
    ],
)
def test_what_is_no_command_is_refused_before_anything_is_fetched(
    say: Driver, command: str, why: str, more: str
) -> None:
    said = say(f'get logs/ --to here{more} --on-done "{command}"')

    assert said.status == 2
    assert re.search(why, said.err)
    assert list(say.folder.iterdir()) == []
    assert say(f'set on_done "{command}"').status == 2
    assert say.session.on_done == ""


@pytest.mark.parametrize("place", ["[target]", "[transfer]", ""])
def test_a_job_file_cannot_bring_a_command(say: Driver, place: str) -> None:
    say("save logs")
    job = say.folder / "jobs" / "logs.toml"
    text, line = job.read_text("utf-8"), 'on_done = "rm -r ~"\n'
    changed = text.replace(f"{place}\n", f"{place}\n{line}", 1) if place else line + text
    job.write_text(changed, "utf-8")

    said = say("open logs")

    assert said.status == 2
    where = f"{place} on_done".strip()
    assert f"'{where}' is unknown" in said.err
    assert "rm -r" not in said.err


def test_in_the_background_it_runs_before_the_job_counts_as_ended(say: Driver, hook: Hook) -> None:
    say(f"get logs/ --background {hook.option(5)}")

    said = say("wait")

    assert said.status == 4
    assert [one["OSSH_STATUS"] for one in hook.told] == ["0"]
    # its output would garble what is typed: only the last line is told, when it fails
    assert "failed with exit status 5: the command says so" in said.err
    assert said.err.count("the command says so") == 1


def test_what_the_user_stops_runs_no_command(say: Driver, hook: Hook) -> None:
    say.server.fault("hold", key="logs/*")
    say(f"get logs/ --background {hook.option()}")
    wait_until(lambda: say.session.runs.alive[0].progress.connections > 0)

    say("stop")

    assert hook.told == []


def test_a_job_that_cannot_begin_has_it_run_too(say: Driver, hook: Hook) -> None:
    (say.folder / "here").write_text("a file, no folder", "utf-8")

    said = say(f"get logs/ --to here {hook.option()}")

    assert said.status == 3
    assert [(one["OSSH_STATUS"], one["OSSH_ENDED"]) for one in hook.told] == [("3", "error")]


@posix_only
def test_ctrl_c_ends_the_command_and_all_that_it_started(server: DemoServer, own: Launcher) -> None:
    server.put("logs/a", b"a")
    (own.folder / "slow.sh").write_text("echo $$ > pid\nsleep 600 & echo $! > child\nwait\n")
    lines = commands("get logs/ --on-done 'sh slow.sh'", "pwd")
    process = own.started(f"oss://{server.bucket}/", *lines)
    wait_until(
        lambda: (own.folder / "child").exists() and (own.folder / "child").read_text().strip()
    )

    process.send_signal(signal.SIGINT)
    out, _err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "done: 1 object" in out
    assert "oss://" not in out  # the script ends there
    for name in ("pid", "child"):
        number = int((own.folder / name).read_text())
        wait_until(lambda number=number: not is_running(number))  # type: ignore[misc]


def is_running(number: int) -> bool:
    """Return whether a process runs; one that has ended may not have been waited for."""
    try:
        state = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return ") Z " not in state


@posix_only
def test_the_bell_rings_for_long_jobs_on_a_terminal(server: DemoServer, own: Launcher) -> None:
    server.put("logs/a", b"a")
    with own.terminal(f"oss://{server.bucket}/") as terminal:
        terminal.until("bucket/>")
        for line, answer, rings in (
            ("get logs/ --to one", r"all in \S+one", 0),  # it does not take a minute
            ("set bell 0s", "bell ─>", 0),
            ("get logs/ --to two", r"all in \S+two", 1),
            ("get logs/ --to three --background", r"all in \S+three", 2),
            ("set bell off", "bell ─>", 2),
            ("get logs/ --to four", r"all in \S+four", 2),
        ):
            terminal.type(line)
            terminal.until(answer)
            wait_until(lambda rings=rings: terminal.text.count("\a") == rings)  # type: ignore[misc]


def test_nothing_rings_where_there_is_no_terminal(say: Driver) -> None:
    say("set bell 0s")

    said = say("get logs/")

    assert "\a" not in said.out + said.err
    assert (
        say("set bell").out
        == "bell\t0s\tRing the terminal's bell when a job ends that took at least this long "
        "(1m), or off\n"
    )
    assert say("set bell soon").status == 2
