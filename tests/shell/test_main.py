"""Every way in, as a process: exit statuses, streams, and what may be seen from outside."""

import codecs
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import ossh
from ossh.demo import DemoServer
from ossh.manifest import ManifestReader
from tests.shell.conftest import ROOT, Launcher, commands
from tests.shell.programs import COUNT_BYTES, FILTER, FIRST_LINE
from tests.waiting import DEADLINE_SECONDS, wait_until

pytestmark = pytest.mark.measured

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells and signals")


def unmeasured(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which no coverage is measured, for that imports SQLite."""
    return {name: value for name, value in environ.items() if not name.startswith("COVERAGE")}


def loaded(launch: Launcher, *arguments: str) -> set[str]:
    """Return the modules that ossh imports."""
    environ = unmeasured(launch.environ(PYTHONPROFILEIMPORTTIME="1"))
    done = launch.ended(*arguments, env=environ, capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


def test_version_and_help_need_nothing(launch: Launcher) -> None:
    assert launch("--version").stdout == f"ossh {ossh.__version__}\n"
    assert "oss://my-bucket/logs/" in launch("--help").stdout


def test_the_start_loads_no_more_than_the_prompt_needs() -> None:
    heavy = ["alive_progress", "cmd2", "oss2", "pycurl", "sqlite3"]
    code = f"import sys, ossh.__main__; print([m for m in {heavy} if m in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=unmeasured(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"


def test_pwd_pays_for_cmd2_only(launch: Launcher) -> None:
    modules = loaded(launch, "-c", "pwd")

    assert "cmd2" in modules
    assert not modules & {"oss2", "pycurl", "sqlite3", "alive_progress", "platformdirs"}


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        pytest.param(["!kill -9 $$"], 137, marks=posix_only),
        (["stat missing", "pwd"], 2),
        (["get archive/", "nonsense", "ls nowhere/"], 127),
        (["# a comment", " ", "pwd"], 0),
        (["quit", "nonsense"], 0),
        ([f"ls | {FILTER} nothing", f"ls | {FIRST_LINE}"], 1),
        (["!exit 3", "pwd", "!exit 5", "pwd"], 5),
        pytest.param(["get logs/ --on-done false", "get archive/"], 1, marks=posix_only),
        (["get archive/", "pwd"], 1),
        (["get archive/", "quit"], 1),
        (["!exit 3", "run_script quits.ossh", "nonsense"], 3),
    ],
)
def test_the_status_is_that_of_the_line_that_ended_the_script_or_of_the_worst(
    run: Launcher, lines: list[str], status: int
) -> None:
    (run.folder / "quits.ossh").write_text("pwd\nquit\n", encoding="utf-8")

    done = run("oss://demo-bucket/", *commands(*lines))
    script = run("oss://demo-bucket/", given="\n".join(lines))

    assert (done.returncode, script.returncode) == (status, status)
    assert "Traceback" not in done.stderr + script.stderr


@posix_only
@pytest.mark.parametrize(
    ("line", "name", "content"),
    [
        ("!mkdir q; echo u > q/f", "q/f", "u\n"),
        ("!echo a > b; echo c > d", "d", "c\n"),
        ("!echo 'a  |  b' | cat >> f; echo e", "f", "a  |  b\n"),
    ],
)
def test_what_follows_an_exclamation_mark_is_for_the_shell_as_it_stands(
    launch: Launcher, line: str, name: str, content: str
) -> None:
    done = launch("--demo", "-c", line)

    assert (done.returncode, done.stderr) == (0, "")
    assert (launch.folder / name).read_text() == content


SCRIPT = f"cd oss://demo-bucket/\r\n# 注释\r\n\r\nls | {FILTER} readme\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_is_run_may_be_in_the_encodings_that_windows_writes(
    run: Launcher, encoding: str
) -> None:
    session = "注释\r\nossh> get -n 一\r\nossh> cd oss://demo-bucket/\r\n\r\n"
    (run.folder / "x.transcript").write_bytes(session.encode(encoding))
    (run.folder / "x.ossh").write_bytes(SCRIPT.encode(encoding))

    for done in (run("x.ossh"), run("-c", "run_script x.ossh")):
        assert (done.returncode, done.stdout) == (0, "readme.txt\n")
    given = run.in_bytes(given=SCRIPT.encode(encoding))
    assert (given.returncode, given.stdout.split()) == (0, [b"readme.txt"])
    played = run("-t", "x.transcript")
    assert (played.returncode, played.stdout) == (0, "")
    assert "x.transcript: 2 commands, 0 differences" in played.stderr


def test_standard_input_that_is_too_large_is_told(run: Launcher) -> None:
    done = run.in_bytes(given=("# x\n" * 3_000_000).encode("utf-16"))

    assert done.returncode == 2
    assert b"error: cannot read '<stdin>': file too large" in done.stderr


def test_standard_input_may_be_in_the_encoding_that_the_environment_names(run: Launcher) -> None:
    script = "filter add --glob 照片*\nfilter\n".encode("gbk")

    done = run.in_bytes("oss://demo-bucket/", given=script, PYTHONIOENCODING="gbk", PYTHONUTF8="0")

    told = done.stderr.decode("gbk").splitlines()
    assert (done.returncode, told) == (0, ["filters: glob 照片*"])
    assert "照片*" in done.stdout.decode("gbk")


def test_a_script_that_is_not_utf_8_ends_with_an_error_that_names_the_line(
    launch: Launcher,
) -> None:
    script = launch.folder / "latin.ossh"
    # Without a mark it could be in the code page of a console, of which any byte is a character.
    mark = codecs.BOM_UTF8 if sys.platform == "win32" else b""
    script.write_bytes(mark + b"lpwd\n\xff\xff\n")

    done = launch(str(script))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: '{script}', line 2: not UTF-8 text\nhint: save")


@pytest.mark.parametrize(
    "wrong", ["filter add --sufix .gz", "cd nowhere", "nonsense", "open nowhere", 'get "unfinished']
)
def test_nothing_is_done_after_a_line_that_could_not_do_what_it_says(
    run: Launcher, wrong: str
) -> None:
    done = run("oss://demo-bucket/", given=f"{wrong}\nget photos/ --to x")

    assert done.returncode == (127 if wrong == "nonsense" else 2)
    assert done.stderr.endswith("the script stops at line 1; the rest is not run\n")
    assert not (run.folder / "x").exists()


def test_a_script_stops_at_its_line_however_it_is_given(run: Launcher) -> None:
    demo, lines = "oss://demo-bucket/", ["cd nowhere", "get photos/ --to x"]
    (run.folder / "x.ossh").write_text("\n".join(lines), encoding="utf-8")

    for done in (
        run(demo, *commands(*lines)),
        run(demo, "-c", "\n".join(lines)),
        run("--demo", "x.ossh"),
        run(demo, *commands("run_script x.ossh", "get photos/ --to x")),
    ):
        assert done.returncode == 2
        assert done.stderr.endswith("the script stops at line 1; the rest is not run\n")
        assert done.stderr.count("the script stops") == 1
        assert not (run.folder / "x").exists()


def test_a_script_goes_on_if_told_to_and_the_last_word_counts(run: Launcher) -> None:
    script = ("oss://demo-bucket/", "-c", "cd nowhere", "-c", "pwd")

    assert run("-e", "--keep-going", *script).stdout == "oss://demo-bucket/\n"
    assert run("--keep-going", *script).returncode == 2
    assert run("--keep-going", *script, "-c", "quit").returncode == 2
    assert run("--keep-going", "-e", *script).stdout == ""


def test_other_programs_end_a_script_only_under_errexit(run: Launcher) -> None:
    script = ("oss://demo-bucket/", "-c", f"ls | {FILTER} nothing", "-c", "!exit 3", "-c", "pwd")

    assert run(*script).stdout == "oss://demo-bucket/\n"
    assert run("-e", *script).stdout == ""
    assert run("-e", *script).returncode == 1


def test_errexit_ends_a_script_with_the_first_failure(launch: Launcher) -> None:
    with_e = launch("-e", "-c", "nonsense", "-c", "pwd")
    by_setting = launch(given="set errexit true\nnonsense\npwd\n")

    assert (with_e.returncode, with_e.stdout) == (127, "")
    assert by_setting.returncode == 127
    assert "oss://" not in by_setting.stdout


@pytest.mark.parametrize("target", ["nowhere.ossh", "nowhere.toml", "oss:///x"])
def test_a_target_that_is_not_there_is_a_usage_error(run: Launcher, target: str) -> None:
    done = run(target, "-c", "pwd")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("-t x.transcript -c pwd", "-t and -c cannot be combined"),
        ("--selfcheck -t x.transcript", "--selfcheck and -t cannot be combined"),
        ("--completion bash -c pwd", "--completion and -c cannot be combined"),
        ("-e ls", "-e does not work for a single command"),
        ("--keep-going get oss://b/", "--keep-going does not work for a single command"),
    ],
)
def test_of_two_things_to_do_none_is_dropped(launch: Launcher, line: str, why: str) -> None:
    done = launch(*line.split())

    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {why}\nhint: " in done.stderr


def test_a_script_and_commands_cannot_be_mixed(launch: Launcher) -> None:
    assert "is a script; it cannot be combined with -c" in launch("x.ossh", "-c", "pwd").stderr


@pytest.mark.parametrize(
    "line",
    [
        "--profile work",
        "--ecs-role",
        "--anonymous",
        "--endpoint http://127.0.0.1:9",
        "--region cn-beijing",
        "--proxy http://127.0.0.1:9",
        "--internal",
        "--dual-stack",
        "--accelerate",
        "--accelerate-overseas",
        "--cname",
        "--insecure",
    ],
)
def test_the_demo_takes_no_other_way_to_connect(launch: Launcher, line: str) -> None:
    option, *_value = line.split()

    for words in (("--demo", *line.split(), "-c", "ls"), ("ls", "--demo", *line.split())):
        assert launch(*words).stderr.splitlines() == [
            f"error: --demo and {option} cannot be combined",
            f"hint: the built-in bucket is on this machine; leave out {option}",
        ]


def test_a_start_that_fails_shows_lines_of_the_system_shell(run: Launcher) -> None:
    done = run("oss://typo-bucket/", "-c", "ls")

    assert done.returncode == 3
    assert "'ossh doctor oss://typo-bucket/' finds out why" in done.stderr


def test_a_dead_endpoint_is_an_error_of_the_network(run: Launcher) -> None:
    done = run("oss://demo-bucket/", "-c", "ls", OSS_ENDPOINT="http://127.0.0.1:9")

    assert done.returncode == 3
    assert "cannot list 'oss://demo-bucket/'" in done.stderr


@posix_only
def test_a_script_stands_in_the_demo_bucket_however_it_comes(launch: Launcher) -> None:
    (launch.folder / "x.ossh").write_text("pwd\n", encoding="utf-8")

    assert launch("--demo", "x.ossh").stdout == "oss://demo-bucket/\n"
    assert launch("--demo", given="pwd\n").stdout == "oss://demo-bucket/\n"


@posix_only
def test_the_demos_keys_are_not_seen_from_outside(launch: Launcher) -> None:
    done = launch("--demo", "-c", "!ps -eo args | grep -i [d]emo", "-c", "!env", "-c", "whoami")

    assert "--demo-server" in done.stdout
    assert "secret" not in done.stdout.lower().replace("access_key_secret", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_a_local_error(run: Launcher) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        line = ("oss://demo-bucket/", "-c", "ls")
        done = run.ended(*line, stdout=full, stderr=subprocess.PIPE, text=True)

    assert done.returncode == 3
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.fault("F48")
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
def test_a_console_of_another_encoding_survives_every_key(run: Launcher, encoding: str) -> None:
    lines = commands("ls", "ls --json")

    done = run.in_bytes(
        "oss://demo-bucket/awkward/",
        *lines,
        PYTHONIOENCODING=encoding,
        PYTHONUTF8="0",
        LC_ALL="C",
    )

    text = done.stdout.decode(encoding)
    assert done.returncode == 0
    assert done.stderr == b""
    assert all(json.loads(line) for line in text.splitlines() if line.startswith("{"))


def test_nothing_is_kept_in_the_home_of_a_script(launch: Launcher) -> None:
    launch("--demo", "-c", "ls")

    assert list(launch.home.iterdir()) == []


@pytest.mark.fault("F47")
def test_a_missing_home_is_survived(run: Launcher) -> None:
    home = str(run.folder / "not" / "there")

    done = run("oss://demo-bucket/", "-c", "ls", HOME=home)

    assert done.returncode == 0


def test_what_is_advised_works_after_the_script_has_ended(launch: Launcher) -> None:
    done = launch("--demo", "-c", "get archive/", "-c", "failures archive --by cause", "-c", "gett")

    advised = "'ossh --demo restore --job archive'"
    first, *_others, cause = done.stdout.splitlines()
    assert "not complete" in first
    assert f"next: {advised}, then 'ossh --demo resume archive --wait-restore'" in done.stdout
    assert advised in cause
    assert done.stderr.endswith("hint: did you mean 'get'?\n")
    assert launch("--demo", "restore", "--job", "archive", "--dry-run").returncode == 0


def test_transcripts_are_recorded_and_replayed(run: Launcher) -> None:
    bucket = "oss://demo-bucket/"
    (run.folder / "x.ossh").write_text("cd logs\nls | sort\nls --limit 1\n", encoding="utf-8")

    recorded = run(bucket, "-c", "run_script -t x.transcript x.ossh")
    same = run(bucket, "-t", "x.transcript")
    path = run.folder / "x.transcript"
    path.write_text(path.read_text("utf-8").replace("latest", "newest"), encoding="utf-8")
    other = run(bucket, "-t", "x.transcript")

    assert (recorded.returncode, same.returncode, other.returncode) == (0, 0, 4)
    assert "-logs/newest.log.gz" in other.stdout
    assert "+logs/latest.log.gz" in other.stdout
    assert same.stderr == "x.transcript: 3 commands, 0 differences\n"


def test_a_transcript_that_is_not_there_is_a_usage_error(launch: Launcher) -> None:
    assert launch("-t", "nowhere.transcript").returncode == 2


def test_a_transcript_without_a_command_is_an_error(launch: Launcher) -> None:
    (launch.folder / "x.transcript").write_text("oss://elsewhere/> pwd\n", encoding="utf-8")

    done = launch("--demo", "-t", "x.transcript")

    assert done.returncode == 2
    assert "no command found; a transcript must start with the shell's prompt" in done.stderr


def test_history_writes_what_was_shown_and_runs_nothing(run: Launcher) -> None:
    bucket = "oss://demo-bucket/"
    (run.folder / "x.ossh").write_text("pwd\ncd logs\n", encoding="utf-8")
    shown = rf"""oss://demo-bucket/> !echo ran >>ran
/.*/
oss://demo-bucket/> run_script x.ossh
oss:\/\/demo-bucket\/
oss://demo-bucket/logs/> ls
logs\/2026\/
logs\/latest.log.gz
oss://demo-bucket/logs/> ls | {COUNT_BYTES}
/.*/
oss://demo-bucket/logs/> ls >listed
"""
    given = [line.partition("> ")[2] for line in shown.splitlines() if "> " in line]

    done = run(bucket, given="\n".join([*given, "history -t x.transcript"]))

    assert done.returncode == 0
    assert "the output of 2 commands is incomplete" in done.stderr
    assert (run.folder / "ran").read_text("utf-8").split() == ["ran"]
    assert (run.folder / "x.transcript").read_text("utf-8") == shown
    assert run(bucket, "-t", "x.transcript").returncode == 0


def test_a_script_that_runs_itself_ends_with_an_error(launch: Launcher) -> None:
    (launch.folder / "x.ossh").write_text("run_script ./x.ossh\n", encoding="utf-8")

    done = launch("-c", "run_script x.ossh")

    assert done.returncode == 2
    assert "error: the script './x.ossh' is already running\nhint: a script cannot" in done.stderr


def test_selfcheck_tries_every_part(launch: Launcher) -> None:
    done = launch("--selfcheck", TZ="UTC")

    assert done.returncode == 0
    assert "FAILED" not in done.stdout
    for part in (
        "libcurl/",
        "18 bad certificates refused",
        "native CRC64",
        "SQLite 3",
        "utf-8",
        "UTC+0000",
    ):
        assert part in done.stdout
    assert "download: 64 objects" in done.stdout


def test_selfcheck_says_which_part_does_not_work(launch: Launcher) -> None:
    done = launch("--selfcheck", SSL_CERT_FILE=str(launch.folder / "nowhere.pem"))

    assert done.returncode == 4
    assert "FAILED  certificates: " in done.stdout
    assert "ok      manifest: " in done.stdout  # the rest is still checked


def test_a_program_without_a_python_of_its_own_can_be_the_demo_server(launch: Launcher) -> None:
    done = launch("--demo-server", "--empty", "--controlled")

    assert json.loads(done.stdout)["buckets"] == ["demo-bucket"]
    assert done.returncode == 0


@pytest.mark.fault("F33")
@posix_only
@pytest.mark.parametrize(("signal", "status"), [("INT", 130), ("TERM", 143), ("HUP", 129)])
def test_a_signal_parks_a_run_and_the_next_one_goes_on(
    server: DemoServer, own: Launcher, signal: str, status: int
) -> None:
    server.fill("d/{}", 40, 50_000)
    server.fault("hold", key="d/?")
    with own.started("oss://demo-bucket/d/", *commands("get", "pwd")) as process:
        wait_until(lambda: len(list((own.folder / "d").glob("*"))) >= 5)
        os.kill(process.pid, getattr(__import__("signal"), f"SIG{signal}"))
        out, err = process.communicate(timeout=60)

    last = ManifestReader(own.folder / "jobs" / "d.sqlite").runs()[-1]
    server.clear_faults()
    again = own("oss://demo-bucket/d/", "-c", "get")
    assert process.returncode == status
    assert last.outcome == "stopped"
    assert "Traceback" not in err
    assert "oss://demo-bucket/d/\n" not in out  # the script does not go on
    assert out.startswith("stopped: ")
    assert again.returncode == 0
    assert len([p for p in (own.folder / "d").iterdir() if p.is_file()]) == 40


@pytest.mark.fault("F48")
def test_progress_without_a_terminal_is_plain_lines_on_stderr(
    server: DemoServer, own: Launcher
) -> None:
    server.put("a", size=20_000)
    server.fault("slow", rate=200)

    progress, line = own.folder / "progress", ("oss://demo-bucket/", "-c", "get")

    with (
        progress.open("wb") as stderr,
        own.popen(*line, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
    ):
        wait_until(lambda: "0 of 1" in progress.read_text(encoding="utf-8"))
        server.clear_faults()
        out, _ = process.communicate(timeout=DEADLINE_SECONDS)

    said = progress.read_bytes().replace(os.linesep.encode(), b"\n")
    assert b"\r" not in said
    assert b"\x1b" not in said
    assert out.startswith("done: 1 object")


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="names are in UTF-8 there")
def test_a_name_that_the_locale_cannot_write_is_one_line(own: Launcher, server: DemoServer) -> None:
    server.put("names/\u4e2d.txt", b"x")

    posix = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "POSIX"}

    done = own(f"oss://{server.bucket}/names/", "-c", "get --to out", **posix)

    assert done.returncode == 3
    assert "error: the encoding of your locale (ascii) cannot write the name '" in done.stderr
    assert "hint: set LC_ALL=C.UTF-8, then run it again" in done.stderr
