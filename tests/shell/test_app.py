from pathlib import Path

import pytest

from ossh.errors import OsshError, UsageError
from ossh.shell.scripting.recorder import MOST_OF_ALL
from tests.shell.conftest import Driver


def test_an_expected_error_is_a_line_and_a_hint(
    say: Driver, capfd: pytest.CaptureFixture[str]
) -> None:
    say.shell.pexcept(OsshError("no 'x\x1b'", hint="look again"))

    assert capfd.readouterr().err == "error: no 'x\\x1b'\nhint: look again\n"


def test_a_bug_keeps_its_own_report(say: Driver, capfd: pytest.CaptureFixture[str]) -> None:
    say.shell.pexcept(RuntimeError("a bug"))

    assert "RuntimeError: a bug" in capfd.readouterr().err


def test_debug_shows_the_trace_of_an_expected_error_too(say: Driver) -> None:
    say("set debug true")

    assert "Traceback" in say("cd nowhere").err


@pytest.mark.fault("F49")
def test_there_is_nobody_to_ask_in_a_script(say: Driver) -> None:
    with pytest.raises(UsageError, match="cannot ask for 'Which bucket'"):
        say.shell.ask("Which bucket? ")


def test_a_semicolon_in_a_key_is_a_character(say: Driver) -> None:
    assert "'a;b'" in say("ls a;b").err


def test_recording_into_a_folder_that_is_not_there_is_an_error(say: Driver) -> None:
    say("pwd")

    said = say("history -t nowhere/x.transcript pwd")

    assert said.status == 3
    assert str(Path("nowhere/x.transcript")) in said.err


@pytest.mark.parametrize("line", ["history -t mine.txt", "run_script mine.txt -t mine.txt"])
def test_recording_overwrites_transcripts_alone(say: Driver, line: str) -> None:
    (say.folder / "mine.txt").write_text("pwd\nls > listed\n", "utf-8")
    say("pwd")

    refused = say(line)
    say("history -t other.txt")
    again = say("history -t other.txt")

    assert (refused.status, (say.folder / "listed").exists()) == (2, False)
    assert "mine.txt' exists and is not a transcript\nhint: choose another name" in refused.err
    assert (say.folder / "mine.txt").read_text("utf-8") == "pwd\nls > listed\n"
    assert again.status == 0
    assert "> pwd\n" in (say.folder / "other.txt").read_text("utf-8")


def test_a_transcript_is_known_by_a_prompt(say: Driver) -> None:
    for place in ("cd oss://", "cd oss://demo-bucket/", "filter add --suffix .gz"):
        say(place)
        say("pwd")
        (say.folder / "x.txt").write_text(f"a comment\n{say.shell.visible_prompt}pwd\n", "utf-8")
        assert say("history -t x.txt pwd").status == 0


@pytest.mark.parametrize("option", ["-r 1:", "-e", "-o f", "-c", "-s", "-x", "-v", "-a"])
def test_recording_leaves_no_other_use_of_history_undone(say: Driver, option: str) -> None:
    say("pwd")

    refused = say(f"history {option} -t x.transcript")
    say("history -t all.transcript")

    assert refused.status == 2
    assert "--transcript and --" in refused.err
    assert not (say.folder / "x.transcript").exists()
    assert "oss:\\/\\/demo-bucket" in (say.folder / "all.transcript").read_text("utf-8")


def test_a_script_that_is_not_there_is_a_usage_error_recorded_or_not(say: Driver) -> None:
    assert say("run_script -t x.transcript nowhere.ossh").status == 2
    assert say("run_script nowhere.ossh").status == 2


def test_the_other_uses_of_history_are_kept(say: Driver) -> None:
    say("pwd")

    assert "pwd" in say("history").out
    assert say(f"history -o {say.folder / 'h.txt'} pwd").status == 0
    assert (say.folder / "h.txt").read_text("utf-8") == "pwd\n"
    again = say(f"history -o {say.folder / 'h.txt'} 1:")
    assert (again.status, "h.txt' already exists" in again.err) == (2, True)


def test_of_many_lines_the_last_outputs_are_kept_up_to_a_limit(fresh: Driver) -> None:
    fresh.server.put("long.txt", b"x" * 60_000)
    count = MOST_OF_ALL // 60_000 + 5
    for _ in range(count):
        fresh("cat long.txt")

    held = sum(len(one.output.getvalue()) for one in fresh.shell._shown.values())
    told = fresh(f"history -t {fresh.folder / 'all.txt'}")

    assert MOST_OF_ALL - 60_000 < held <= MOST_OF_ALL
    assert "is incomplete" in told.err
    text = (fresh.folder / "all.txt").read_text("utf-8")
    assert text.count("cat long.txt") == count
    assert text.count("x" * 60_000) == MOST_OF_ALL // 60_000
