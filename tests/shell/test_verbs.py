"""Commands as verbs of the system's shell: the same commands, arguments and statuses, no prompt."""

import os
import re
import shlex
import signal
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from ossh.command_line import verbs
from ossh.command_line.completing import words_of
from ossh.command_line.first_word import NAMES, OF_THE_PROMPT, VERBS, first_word
from ossh.command_line.options import parser
from ossh.demo import DemoServer
from tests import usual
from tests.shell.conftest import Launcher, Screen
from tests.shell.test_main import loaded
from tests.waiting import wait_until

pytestmark = pytest.mark.measured


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("ls", "ls"),
        ("ls oss://b/ --profile work", "ls"),
        ("--profile work ls oss://b/", "ls"),
        ("--profile=ls get oss://b/x", "get"),
        ("--ecs-role get oss://b/x", "get"),
        ("--ecs-role name get oss://b/x", "get"),
        ("--demo --endpoint ls", None),
        ("oss://b/ -c ls", None),
        ("-c ls", None),
        ("-t ls get", None),
        ("jobs/logs.toml", None),
        ("", None),
    ],
)
def test_a_verb_is_the_first_word_that_belongs_to_no_option(line: str, verb: str | None) -> None:
    words = line.split()

    at = first_word(words, parser())

    assert (words[at] if at is not None and words[at] in NAMES else None) == verb


def test_every_command_is_a_verb_or_says_what_to_do_instead(run: Launcher) -> None:
    assert {"ls", "get", "status", "retry"}.isdisjoint(OF_THE_PROMPT)
    for name in sorted(OF_THE_PROMPT)[::4]:
        done = run(name)
        assert done.returncode == 2, name
        assert f"error: '{name}' needs the prompt" in done.stderr
        assert done.stderr.count("\n") == 2


def test_a_verb_says_what_the_prompt_would(run: Launcher) -> None:
    address = "oss://demo-bucket/"

    as_verb = run("ls", "-l", f"{address}logs/")
    at_prompt = run(address, "-c", "ls -l logs/")

    assert as_verb.stdout == at_prompt.stdout != ""
    assert (as_verb.stderr, as_verb.returncode) == ("", 0)


def test_a_name_that_is_no_address_says_how_to_write_one(run: Launcher) -> None:
    done = run("ls", "logs/")

    assert (done.returncode, done.stdout) == (2, "")
    assert "hint: if 'logs/' begins with a bucket: oss://logs/" in done.stderr


def test_in_the_built_in_bucket_names_are_relative_to_it(launch: Launcher) -> None:
    before, behind = launch("--demo", "ls", "read"), launch("ls", "readme.txt", "--demo")

    assert before.stdout == behind.stdout == "readme.txt\n"


@pytest.mark.parametrize(
    ("verb", "needless"),
    [
        (["ls", "oss://demo-bucket/"], {"sqlite3"}),
        (["get", "oss://demo-bucket/readme.txt"], {"anycrc", "configparser", "email", "tarfile"}),
    ],
)
def test_a_verb_loads_neither_cmd2_nor_what_draws(
    run: Launcher, verb: list[str], needless: set[str]
) -> None:
    modules = loaded(run, *verb)

    assert not modules & {"cmd2", "prompt_toolkit", "rich", "alive_progress", "oss2", *needless}


@pytest.mark.parametrize(
    ("last", "file"),
    [
        ("copy.txt", "copy.txt"),
        ("there", "there/readme.txt"),
        ("new/", "new/readme.txt"),
    ],
)
def test_the_last_word_of_get_is_a_file_for_one_object_unless_it_is_a_folder(
    run: Launcher, last: str, file: str
) -> None:
    (run.folder / "there").mkdir()

    done = run("get", "oss://demo-bucket/readme.txt", last)

    assert done.stdout == f"{run.folder / file}\n"
    assert (run.folder / file).read_bytes().startswith(b"Welcome")


def test_the_last_word_of_get_is_a_folder_for_several_objects(run: Launcher) -> None:
    address = "oss://demo-bucket"

    done = run("get", f"{address}/photos/", f"{address}/web/", "all")

    assert done.returncode == 0, done.stderr
    assert {one.name for one in (run.folder / "all").iterdir()} >= {"photos", "web"}


@pytest.mark.parametrize(
    "words",
    [
        ["get", "oss://demo-bucket/web/", "--suffix", ".html", "pages"],
        ["get", "--rate", "5M", "oss://demo-bucket/web/", "--suffix", ".html", "pages", "--quiet"],
    ],
)
def test_options_may_stand_between_the_other_words(run: Launcher, words: list[str]) -> None:
    done = run(*words)

    assert done.returncode == 0, done.stderr
    assert [one.name for one in (run.folder / "pages").iterdir()] == ["index.html"]


def test_a_secret_in_a_command_line_is_refused_and_not_repeated(run: Launcher) -> None:
    secret = "LTAI5tSecretSecretSecret"

    done = run("ls", "oss://b/", "--profile", f"access_key_secret={secret}")

    assert done.returncode == 2
    assert secret not in done.stdout + done.stderr


def test_shared_options_may_stand_before_a_subcommand_and_behind_it(run: Launcher) -> None:
    run("save", "oss://demo-bucket/web/", "--to", "pages", "--jobs-dir", "kept")

    behind = run("jobs", "show", "pages", "--jobs-dir", "kept")
    before = run("--quiet", "jobs", "--jobs-dir", "kept", "clean", "--yes")
    quiet = run("jobs", "clean", "--yes", "--quiet")
    explained = run("jobs", "clean", "--help")

    assert (behind.stdout.splitlines()[0].split()[1:], behind.stderr) == (["pages"], "")
    for done in (before, quiet):
        assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert "--yes" in explained.stdout
    assert "--quiet" not in explained.stdout


def test_shared_options_may_stand_between_names() -> None:
    args = parser().parse_args([])
    args.verb = "get"

    verbs.read(["oss://b/x", "--quiet", "there"], args)

    assert (args.quiet, args.given.names) == (True, ["oss://b/x", "there"])


def test_help_explains_the_verb_and_lists_those_that_there_are(launch: Launcher) -> None:
    listed, explained, the_same = launch("help"), launch("help", "du"), launch("du", "--help")

    named = {line.split()[0] for line in listed.stdout.splitlines() if line.startswith("  ")}
    assert named >= VERBS
    assert named.isdisjoint({*OF_THE_PROMPT, "pause", "stop", "wait"})
    assert "--background" not in launch("get", "--help").stdout
    assert explained.stdout == the_same.stdout
    assert explained.stdout.startswith("usage: ossh du ")


@pytest.mark.parametrize("word", ["help", "--all", "-v", "--help"])
def test_help_takes_what_it_takes_at_the_prompt(launch: Launcher, word: str) -> None:
    assert launch("help", word).stdout == launch("help").stdout != ""


def test_help_explains_what_only_the_prompt_has(launch: Launcher) -> None:
    done = launch("help", "filter")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: filter ")
    assert done.stdout.endswith(
        "'filter' needs the prompt of ossh; 'ossh oss://BUCKET/' opens the shell\n"
    )


@pytest.mark.parametrize("words", ["archive/ --min-size 4", " --from keys.txt"])
def test_the_line_that_thaws_a_job_thaws_it_and_no_more(
    own: Launcher, server: DemoServer, words: str
) -> None:
    server.set_archive(thaw_seconds=100_000)
    server.put("archive/ledger.tar", b"ledger", storage_class="ColdArchive")
    server.put("archive/note", b"old", storage_class="Archive")
    (own.folder / "keys.txt").write_text("archive/ledger.tar\n", encoding="utf-8")

    done = own("get", *f"oss://{server.bucket}/{words} --to cold".split())
    hint = re.search(r"next: 'ossh (.*)', then ", done.stdout)
    assert hint is not None, done.stdout + done.stderr
    typed = own(*shlex.split(hint[1]), "--yes")

    assert typed.stdout.startswith("to restore: 1 object,")
    assert "asked OSS to restore 1 object, 6 B" in typed.stdout
    assert [one.name for one in own.folder.glob("jobs/*.toml")] == ["cold.toml"]


def test_a_preview_names_what_it_shows_in_the_lines_to_type(
    teaching: DemoServer, tmp_path: Path
) -> None:
    console = verbs.Terminal(usual.session(teaching, tmp_path), "ossh --demo")

    with redirect_stdout(Screen()) as screen:
        verbs.run(console, "preview", verbs.parser("preview").parse_args(["archive/"]))

    assert "'ossh --demo restore archive/' asks OSS to thaw" in screen.getvalue()


def test_a_hint_about_the_connection_is_an_option_of_the_verb(
    teaching: DemoServer, tmp_path: Path
) -> None:
    console = verbs.Terminal(usual.session(teaching, tmp_path))

    said = console.phrased("in cn-beijing, 'connect --internal' makes this free of charge")

    assert said == "in cn-beijing, '--internal' makes this free of charge"


def test_a_hint_of_a_verb_means_its_job_and_no_other(run: Launcher) -> None:
    bucket = "oss://demo-bucket"
    run("get", f"{bucket}/archive/", "ice", "--name", "so lo")
    run("get", f"{bucket}/archive/", "frost", "--name", "cold")
    run("get", f"{bucket}/logs/", "cold", "--name", "other")  # so 'cold' may mean two jobs

    odd = run.folder / """it's "odd" now"""
    odd.mkdir()
    for file in (run.folder / "jobs").glob("cold.*"):
        (odd / file.name).write_bytes(file.read_bytes())
    odd_name = f"{odd.name}/cold.toml"

    for job, target in (("so lo", "ice"), ("./frost", "frost"), (odd_name, "frost")):
        done = run("--trust", "verify", job)
        hint = re.search(r", then '(ossh resume .*) --wait-restore'", done.stdout)
        assert hint is not None, done.stdout + done.stderr
        typed = run("--trust", *shlex.split(hint[1])[1:])

        assert (done.returncode, typed.returncode) == (1, 1)
        assert typed.stdout.splitlines()[0].endswith(target)


def test_a_run_in_the_background_is_refused_as_the_verb_would_end_it(run: Launcher) -> None:
    done = run("get", "oss://demo-bucket/video/", "--background")

    assert done.returncode == 2
    assert not (run.folder / "video").exists()


def test_who_reads_only_the_first_line_sees_no_error(run: Launcher) -> None:
    with run.started("ls", "-R", "oss://demo-bucket/") as listed:
        assert listed.stdout is not None
        assert listed.stderr is not None
        listed.stdout.readline()
        listed.stdout.close()

        assert listed.stderr.read() == ""
        assert listed.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_stops_a_verb_gently_and_resume_continues_it(
    own: Launcher, server: DemoServer
) -> None:
    for name in ("1", "2", "slow"):
        server.put(f"data/{name}", b"x" * 1000)
    server.fault("slow", key="data/slow", rate=1.0)
    going = own.started("get", f"oss://{server.bucket}/data/", "here")
    wait_until((own.folder / "here" / "2").exists)

    os.kill(going.pid, signal.SIGINT)
    said, _errors = going.communicate(timeout=120)
    server.clear_faults()
    resumed = own("resume", "here")

    assert going.returncode == 130
    assert "ossh resume here" in said
    assert resumed.returncode == 0, resumed.stderr
    assert (own.folder / "here" / "slow").read_bytes() == b"x" * 1000


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ossh ", [""]),
        ("ossh ls", ["ls"]),
        ("ossh ls ", ["ls", ""]),
        ("ossh get 'a b", ["get", "a b"]),
        ('ossh get "a b', ["get", "a b"]),
        ("ossh get a\\ b", ["get", "a b"]),
    ],
)
def test_a_line_that_is_being_typed_is_read_as_the_shell_will(line: str, words: list[str]) -> None:
    assert words_of(line) == words
