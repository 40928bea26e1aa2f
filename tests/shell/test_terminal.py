"""What a person sees at a real terminal: prompt, colours, bar, Ctrl-C, questions."""

import re
import sys
from collections.abc import Iterator

import pytest
from terminal import COLUMNS

from ossh.demo import DemoServer
from tests.shell.conftest import Launcher, Terminal, commands
from tests.waiting import DEADLINE_SECONDS, wait_until

pytestmark = pytest.mark.measured

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals there", allow_module_level=True)

PROMPT = "demo-bucket/"
SECRET = "typed-secret-value"


@pytest.fixture
def at_prompt(launch: Launcher, teaching: DemoServer) -> Iterator[Terminal]:
    """Give a shell at its prompt in the teaching bucket."""
    with launch.on(teaching).terminal(f"oss://{teaching.bucket}/") as terminal:
        terminal.until(f"{PROMPT}>")
        yield terminal


def test_the_prompt_shows_place_and_filters_in_colour(at_prompt: Terminal) -> None:
    at_prompt.type("cd logs")
    at_prompt.answer("logs/>", "filter add --suffix .gz")
    at_prompt.until(r"logs/ \[1 filter\]>")

    assert "\x1b[" in at_prompt.text


def test_quit_and_ctrl_d_leave_with_status_zero(at_prompt: Terminal) -> None:
    at_prompt.type("nonsense")
    at_prompt.answer(f"no command[\\s\\S]*{PROMPT}>", "", end="\x04")

    assert at_prompt.process.wait(60) == 0


@pytest.fixture
def interrupted(server: DemoServer, own: Launcher) -> Iterator[Terminal]:
    """Give a download whose last objects are held, right after a Ctrl-C."""
    server.fill("d/{}", 30, 60_000)
    server.fault("hold", key="d/*", after=10)
    with own.terminal("oss://demo-bucket/d/") as terminal:
        terminal.answer("d/>", "get")
        terminal.until("of 30")
        terminal.interrupt()
        yield terminal


@pytest.mark.fault("F33")
def test_ctrl_c_in_get_gives_a_summary_and_the_prompt(
    server: DemoServer, interrupted: Terminal
) -> None:
    interrupted.answer(r"stop, move to the background, or continue\? \[s/b/C\]", "s")
    shown = interrupted.until(r"stopped: [\s\S]*resumes where this stopped[\s\S]*d/>")

    assert "Traceback" not in shown
    server.clear_faults()
    interrupted.type("get")
    assert "done: 30 objects" in interrupted.until(r"done: .*[\s\S]*d/>")


@pytest.mark.fault("F33")
def test_ctrl_c_twice_gives_the_prompt_at_once(server: DemoServer, own: Launcher) -> None:
    server.put("d/a", size=60_000)
    server.fault("stall", bytes=100)

    with own.terminal("oss://demo-bucket/d/") as terminal:
        terminal.answer("d/>", "get")
        terminal.until("of 1 · ")
        terminal.interrupt()
        terminal.answer("or continue", "", end="\x03")
        terminal.until("d/>")


def test_the_question_of_a_ctrl_c_ends_with_its_download_and_takes_no_command_for_an_answer(
    server: DemoServer, interrupted: Terminal
) -> None:
    interrupted.until("or continue")
    server.clear_faults()
    interrupted.answer(r"done: 30 objects[\s\S]*d/>", "pwd")

    assert "background" not in interrupted.until(r"oss://demo-bucket/d/\s[\s\S]*d/>")


def test_ctrl_c_lets_a_run_continue_or_go_to_the_background(
    server: DemoServer, interrupted: Terminal
) -> None:
    interrupted.answer("or continue", "?")
    interrupted.answer("or continue", "")
    interrupted.until("of 30")
    interrupted.interrupt()
    interrupted.answer("or continue", "b")
    interrupted.until(r"d is running in the background[\s\S]*d/>")
    interrupted.drawn(r"d: \[\d+ %")
    server.clear_faults()
    interrupted.until("d done: 30 objects")


def test_preview_shows_counts_as_they_come_and_what_it_saw_when_stopped(
    server: DemoServer, own: Launcher
) -> None:
    server.fill("d/{:05d}.gz", 20_000, 10)
    server.fault("delay", operation="list", times=3, seconds=0.5)
    server.fault("hold", operation="list")

    with own.terminal("oss://demo-bucket/d/") as terminal:
        terminal.answer("d/>", "preview")
        terminal.until(r",000 objects, .* so far")
        terminal.interrupt()
        shown = terminal.until(r"warning: [\s\S]*d/>")

        assert re.search(r"00 objects, .* so far, from", shown)
        assert ".gz" in shown
        assert "planning was cut short" in shown


@pytest.mark.fault("F33")
def test_ctrl_c_while_the_service_is_silent_gives_the_prompt(
    server: DemoServer, own: Launcher
) -> None:
    server.put("d/a", b"x")

    with own.terminal("oss://demo-bucket/d/") as terminal:
        terminal.until("d/>")
        server.fault("hold", operation="list")
        terminal.type("ls")
        wait_until(lambda: any(one["fault"] == "hold" for one in server.requests()))
        terminal.interrupt()
        terminal.until("d/>")


def test_a_secret_is_asked_for_without_echo_and_kept_nowhere(
    launch: Launcher, teaching: DemoServer
) -> None:
    with launch.terminal() as terminal:
        terminal.answer("New here\\? 'guide' asks[\\s\\S]*ossh>", "connect")
        terminal.answer("region or endpoint", teaching.endpoint)
        terminal.answer("AccessKey ID:", teaching.access_key_id)
        terminal.answer("AccessKey secret:", SECRET)
        terminal.answer("from what you typed", "quit")
        terminal.process.wait(60)

        assert SECRET not in terminal.text
    for path in launch.folder.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()


def test_keys_typed_at_the_start_serve_the_jobs_that_are_opened_later(
    launch: Launcher, own: Launcher, server: DemoServer
) -> None:
    server.put("d/a", b"1")
    made = own("oss://demo-bucket/d/", "-c", "save mine")
    assert made.returncode == 0

    with launch.terminal("jobs/mine.toml") as terminal:
        terminal.answer("region or endpoint", server.endpoint)
        terminal.answer("AccessKey ID:", server.access_key_id)
        terminal.answer("AccessKey secret:", server.access_key_secret)
        terminal.answer("d/>", "cd /")
        terminal.answer("bucket/>", "open mine")
        terminal.answer("d/>", "get")
        terminal.until("done: 1 object")


@pytest.mark.fault("F49")
def test_a_script_without_keys_is_told_of_connect_and_not_asked(launch: Launcher) -> None:
    said = launch("oss://some-bucket/", "-c", "ls")

    assert said.returncode != 0
    assert "no credentials found" in said.stderr
    assert "'connect' at the prompt of ossh asks for them" in said.stderr


@pytest.mark.parametrize(
    ("key", "told"),
    [("\x03", "ossh>"), ("\x04", "error: no answer was given[\\s\\S]*ossh>")],
    ids=["Ctrl-C", "Ctrl-D"],
)
def test_a_question_may_be_left_unanswered(launch: Launcher, key: str, told: str) -> None:
    with launch.terminal() as terminal:
        terminal.answer("ossh>", "connect")
        terminal.answer("region or endpoint", "", end=key)
        terminal.answer(told, "pwd")
        terminal.until("oss://")


def test_ctrl_c_in_the_guide_leaves_it(run: Launcher) -> None:
    with run.terminal() as terminal:
        terminal.answer("ossh>", "guide")
        terminal.answer("Which bucket", "demo-bucket")
        terminal.answer("Which folder", "", end="\x03")
        terminal.answer("the guide has stopped[\\s\\S]*demo-bucket/>", "pwd")
        terminal.until("oss://demo-bucket/")


def test_what_was_said_on_the_line_is_not_asked_again(
    launch: Launcher, teaching: DemoServer
) -> None:
    with launch.terminal() as terminal:
        terminal.answer("ossh>", f"connect --ask --endpoint {teaching.endpoint}")
        terminal.answer("AccessKey ID:", teaching.access_key_id)
        terminal.answer("AccessKey secret:", teaching.access_key_secret)
        terminal.answer("from what you typed", "ls oss://demo-bucket/")
        terminal.until("photos/")

        assert "region or endpoint" not in terminal.text


def test_a_new_account_is_told_of_domains_where_it_types_a_mainland_region(
    launch: Launcher,
) -> None:
    with launch.terminal() as terminal:
        terminal.answer("ossh>", "connect")
        terminal.answer("region or endpoint", "cn-beijing")
        terminal.until("opened since March 2025[\\s\\S]*AccessKey ID:")


def test_the_guide_leads_to_a_download(launch: Launcher, teaching: DemoServer) -> None:
    with launch.terminal() as terminal:
        terminal.answer("ossh>", "guide")
        terminal.answer("region or endpoint", teaching.endpoint)
        terminal.answer("AccessKey ID:", teaching.access_key_id)
        terminal.answer("AccessKey secret:", "wrong")
        terminal.answer("Try another endpoint or other keys", "")
        terminal.answer("region or endpoint", teaching.endpoint)
        terminal.answer("AccessKey ID:", teaching.access_key_id)
        terminal.answer("AccessKey secret:", teaching.access_key_secret)
        terminal.answer("Which bucket", "demo-bucket")
        terminal.answer("Which folder", "photos")
        terminal.answer("Which folder", "")
        terminal.answer("Only keys with which suffixes", ".jpg")
        terminal.answer(r"Download to which folder\? \[./photos\]", "pictures")
        terminal.answer("Download now", "y")
        terminal.until("done: 13 objects")
        terminal.process.terminate()

        assert terminal.process.wait(60) == 143, terminal.text[-3000:]
    assert len(list((launch.folder / "pictures").rglob("*.jpg"))) == 13


def test_the_guide_previews_what_it_downloads_though_a_job_is_open(run: Launcher) -> None:
    with run.terminal("oss://demo-bucket/archive/", size=(60, 120)) as terminal:
        terminal.answer("demo-bucket/archive/>", "get /photos/")
        terminal.answer("done: [\\s\\S]*demo-bucket/archive/>", "guide")
        terminal.answer("Start from oss://demo-bucket/archive/", "")
        terminal.answer("Which folder", "")
        terminal.answer("Only keys with which suffixes", "")
        terminal.until(r"from oss://demo-bucket/archive/ to[\s\S]*\[./archive\]")


@pytest.mark.parametrize(
    ("answer", "told", "objects"),
    [
        ("", "> filter clear", "4 objects,"),
        (".txt", '> filter clear[\\s\\S]*> filter add --suffix "[.]txt"', "1 object,"),
    ],
)
def test_the_guide_clears_earlier_filters_and_shows_how(
    own: Launcher, server: DemoServer, answer: str, told: str, objects: str
) -> None:
    server.fill("d/{}.gz", 3, 1)
    server.put("d/a.txt", b"a")

    with own.terminal("oss://demo-bucket/d/", size=(60, 120)) as terminal:
        terminal.answer("/d/>", "filter add --suffix .gz --max-size 9")
        terminal.answer("2 filters", "guide")
        terminal.answer("Start from", "")
        terminal.answer("Which folder", "")
        terminal.answer("Only keys with which suffixes", answer)
        terminal.until(f"{told}[\\s\\S]*{objects}[\\s\\S]*Download to which folder")


@pytest.mark.fault("F48")
@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_refused(run: Launcher, changes: dict[str, str]) -> None:
    lines = commands("ls", "nonsense", "jobs")
    command = run.command("--keep-going", "oss://demo-bucket/", *lines)
    changed = ["env", *(f"{k}={v}" for k, v in changes.items())]

    with Terminal([*changed, *command], run.folder, run.environ()) as terminal:
        terminal.until("no jobs in")
        terminal.process.wait(60)

        assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", terminal.text)


def test_a_long_listing_pages_and_may_be_left(at_prompt: Terminal) -> None:
    at_prompt.type("ls -R")
    at_prompt.answer("\n:", "q", end="")
    at_prompt.until(f"{PROMPT}>")


def test_the_pager_is_told_its_character_set_and_no_secret(
    run: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    less = run.folder / "less"
    less.write_text('#!/bin/sh\ncat > /dev/null\necho "as $LESSCHARSET [$OSS_ACCESS_KEY_SECRET]"\n')
    less.chmod(0o755)
    monkeypatch.setenv("PATH", str(run.folder), prepend=":")
    monkeypatch.delenv("LESSCHARSET", raising=False)

    with run.terminal("oss://demo-bucket/") as terminal:
        terminal.answer("bucket/>", "ls -lR")
        terminal.until(r"as utf-8 \[\]")


def test_the_pager_is_the_one_that_the_user_has_chosen(run: Launcher) -> None:
    own = run.folder / "own pager"
    own.write_text('#!/bin/sh\ncat > /dev/null\necho "mine: $1 [$OSS_ACCESS_KEY_SECRET]"\n')
    own.chmod(0o755)

    with run.terminal("oss://demo-bucket/", PAGER=f"'{own}' -x") as terminal:
        terminal.answer("bucket/>", "ls -lR")
        terminal.until(r"mine: -x \[\]")


@pytest.mark.parametrize("pager", ["", "cat", "nosuch-pager", "less -F 'x"])
def test_without_a_pager_everything_is_written(run: Launcher, pager: str) -> None:
    with run.terminal("oss://demo-bucket/", PAGER=pager) as terminal:
        terminal.answer("bucket/>", "ls -R")
        terminal.until(rf"web/[\s\S]*{PROMPT}>")


def test_what_was_typed_while_a_command_ran_is_for_the_prompt(at_prompt: Terminal) -> None:
    at_prompt.type("!echo begun; sleep 2")
    at_prompt.answer(r"\nbegun", "ls -R")
    at_prompt.type("lpwd x", end="")
    at_prompt.until(rf"web/[\s\S]*{PROMPT}> [\s\S]*lpwd x")
    assert "\n:" not in at_prompt.text


def test_what_was_pasted_is_for_the_prompt(at_prompt: Terminal) -> None:
    at_prompt.type("ls -R\rlpwd x", end="")
    at_prompt.until(rf"web/[\s\S]*{PROMPT}> [\s\S]*lpwd x")
    assert "\n:" not in at_prompt.text


def test_a_bucket_that_cannot_be_reached_leaves_a_usable_prompt(launch: Launcher) -> None:
    with launch.terminal(
        "--endpoint",
        "http://127.0.0.1:9",
        "oss://bucket/",
        OSS_ACCESS_KEY_ID="a",
        OSS_ACCESS_KEY_SECRET="b",
    ) as terminal:
        terminal.until("error: cannot list 'oss://bucket/'")
        terminal.until(r"'doctor\s+oss://bucket/'\s+finds\s+out")
        terminal.answer("ossh>", "lpwd")
        terminal.until(str(launch.folder))


def test_a_slow_endpoint_leaves_no_blank_screen(server: DemoServer, own: Launcher) -> None:
    server.put("a", b"1")
    server.fault("hold", operation="list")

    with own.terminal("oss://demo-bucket/") as terminal:
        terminal.until("waiting for an answer about 'oss://demo-bucket/'; Ctrl-C leads to the")
        server.clear_faults()
        terminal.until("bucket/>")

    server.fault("hold", operation="list")
    with own.terminal("oss://demo-bucket/") as terminal:
        terminal.until("waiting for an answer about")
        terminal.interrupt()
        terminal.until("ossh>")
        server.clear_faults()


def test_talk_breaks_between_words(launch: Launcher) -> None:
    with launch.terminal(size=(40, 100)) as terminal:
        terminal.answer("ossh>", "connect --profile nobody")
        terminal.until(r"instead[\s\S]*ossh>")

    hint = re.search(r"hint: [\s\S]*?instead", terminal.text)
    assert hint is not None
    lines = hint[0].split("\r\n")
    assert len(lines) > 1
    assert " ".join(line.strip() for line in lines) == (
        "hint: ~/.ossutilconfig and ~/.aliyun/config.json have none; set OSS_ACCESS_KEY_ID and "
        "OSS_ACCESS_KEY_SECRET instead"
    )


def test_the_start_of_a_key_is_asked_about(at_prompt: Terminal, launch: Launcher) -> None:
    at_prompt.type("get readme.tx")
    at_prompt.answer(r"every key that starts with 'readme.tx', such as 'readme.txt'\? \[y/N\]", "n")
    at_prompt.until(rf"did you mean 'readme.txt'[\s\S]*{PROMPT}>")
    assert not list((launch.folder / "jobs").iterdir())
    at_prompt.type("get readme.tx --to here")
    at_prompt.answer(r"\[y/N\]", "y")
    at_prompt.until(rf"done: 1 object[\s\S]*{PROMPT}>")

    assert (launch.folder / "here" / "readme.txt").exists()


def test_nothing_breaks_inside_a_word_on_a_narrow_terminal(
    server: DemoServer, own: Launcher
) -> None:
    server.put("d/a", b"1")
    lines = commands("whoami", "get --to there", "help connect")

    with own.terminal("oss://demo-bucket/d/", *lines, size=(40, 40)) as terminal:
        terminal.process.wait(60)
        terminal.until("gateway that rewrites it")
        lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.text).splitlines()

    assert "               OSS_ACCESS_KEY_ID" in lines
    assert "    https://oss-cn-hangzhou.aliyuncs.com" in lines
    assert f"  {own.folder}/there" in lines


def test_restore_asks_a_person_who_may_say_no(server: DemoServer, own: Launcher) -> None:
    server.put("d/old", size=10, storage_class="ColdArchive")

    with own.terminal("oss://demo-bucket/d/") as terminal:
        terminal.answer("d/>", "restore")
        terminal.answer(r"costs money[\s\S]*ask OSS to restore them\? \[y/N\]", "set rate 5MiB")
        terminal.until(r"please answer y or n, not 'set rate 5MiB'; Enter alone means n")
        terminal.answer(r"ask OSS to restore them\? \[y/N\]", "")
        terminal.until(r"nothing was requested[\s\S]*d/>")
        assert not server.counts("POST")
        terminal.type("restore")
        terminal.answer(r"\[y/N\]", "y")
        terminal.until(r"asked OSS to restore 1 object[\s\S]*d/>")

    assert server.counts("POST") == {"d/old": 1}


def test_ctrl_c_in_restore_keeps_what_was_asked_for(server: DemoServer, own: Launcher) -> None:
    server.fill("d/{:04d}", 2000, 1, storage_class="ColdArchive")
    server.fault("hold", operation="post", after=50)

    with own.terminal("oss://demo-bucket/d/") as terminal:
        terminal.answer("d/>", "restore --yes")
        terminal.until("of 2,000")
        terminal.interrupt()
        shown = terminal.until(r"stopped: asked OSS[\s\S]*requests nothing twice[\s\S]*d/>")

    assert "Traceback" not in shown
    assert 0 < sum(server.counts("POST").values()) < 2000


def test_cat_asks_before_it_floods_a_terminal(server: DemoServer, own: Launcher) -> None:
    server.put("small.txt", b"small\n")
    server.put("large.txt", b"flood\n" * 400_000)

    with own.terminal(f"oss://{server.bucket}/") as terminal:
        terminal.answer(f"{PROMPT}>", "cat small.txt large.txt")
        terminal.answer(
            r"\nsmall[\s\S]*'large.txt' is 2.3 MiB long; write all of it\? \[y/N\]", "n"
        )
        terminal.answer(f"nothing was written[\\s\\S]*{PROMPT}>", "cat large.txt | wc -l")
        terminal.until(r"400000[\s\S]*>")

    assert "flood" not in terminal.text


def test_a_session_at_a_terminal_is_replayed_as_one(
    at_prompt: Terminal, launch: Launcher, teaching: DemoServer
) -> None:
    at_prompt.type("du")
    at_prompt.answer(rf"total[\s\S]*{PROMPT}>", "history -t day.transcript")
    at_prompt.until("1 command recorded")

    again = launch.on(teaching)("oss://demo-bucket/", "-t", "day.transcript")
    recorded = (launch.folder / "day.transcript").read_text("utf-8")

    assert recorded.startswith(f"# terminal: {COLUMNS} columns\n")
    assert "objects  prefix" in recorded  # the table that a person saw
    assert (again.returncode, again.stdout) == (0, "")


@pytest.mark.parametrize("width", [70, 110])
def test_a_screen_that_was_copied_replays_as_a_transcript(launch: Launcher, width: int) -> None:
    place, screen = "oss://demo-bucket/logs/2026/01/", f"# terminal: {width} columns\n"
    for line in ("pwd", "ls", "ls -l --limit 3"):
        with launch.terminal("--demo", place, "-c", line, size=(60, width)) as terminal:
            terminal.process.wait(DEADLINE_SECONDS)
            terminal.until(r"\n$")
            screen += f"{place}> {line}\n{terminal.until('')}"
    (launch.folder / "copied.txt").write_text(screen, newline="")

    done = launch("--demo", place, "-t", "copied.txt")

    assert (done.returncode, done.stdout) == (0, "")
    assert "3 commands, 0 differences" in done.stderr
