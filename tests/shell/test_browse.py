import json

import pytest

from tests.shell.conftest import Driver, Screen
from tests.shell.programs import FIRST_LINE


def test_ls_json_uses_the_names_of_the_model(say: Driver) -> None:
    records = [json.loads(line) for line in say("ls --json").lines]

    assert {"prefix": "logs/"} in records
    names = {"key", "size", "etag", "last_modified", "storage_class", "type"}
    assert names in [set(record) for record in records]


@pytest.mark.parametrize(
    ("habit", "spelled_out"),
    [
        ("-la", "--long --all"),
        ("-lt", "--long --sort time"),
        ("-lS", "--long --sort size"),
        ("-ltr", "--long --sort time --reverse"),
        ("-1", ""),
        ("-R", "--recursive"),
    ],
)
def test_the_letters_of_ls_mean_what_hands_expect(
    say: Driver, habit: str, spelled_out: str
) -> None:
    assert say(f"ls {habit} photos/old/").lines == say(f"ls {spelled_out} photos/old/").lines


def test_the_newest_come_first_and_last_in_reverse(say: Driver) -> None:
    newest = say("ls -t logs/2026/01/").lines

    assert newest[0].endswith("access-2026-01-31.log.gz")
    assert say("ls -tr logs/2026/01/").lines == newest[::-1]


def test_ls_reverse_is_the_other_order(say: Driver) -> None:
    assert say("ls --reverse").lines == say("ls").lines[::-1]


def test_ls_of_a_key_shows_that_object(say: Driver) -> None:
    assert say("ls readme.txt").lines == ["readme.txt"]


@pytest.mark.fault("F48")
def test_ls_can_be_piped_and_cut_short(say: Driver) -> None:
    said = say(f"ls -R | {FIRST_LINE}")

    assert len(said.lines) == 1
    assert "Broken" not in said.err
    assert said.status == 0


def test_ls_can_be_redirected_without_its_notes(say: Driver) -> None:
    say(f"ls > {say.folder / 'keys.txt'}")

    written = (say.folder / "keys.txt").read_text("utf-8")
    assert "readme.txt\n" in written
    assert "objects" not in written


def test_ls_without_a_bucket_lists_the_buckets(say: Driver) -> None:
    say("cd oss://")

    assert say("ls").out == say("buckets").out != ""


@pytest.mark.parametrize("options", ["--deleted", "--versions", "-R", "--limit 1", "-S", "-r"])
def test_ls_without_a_bucket_refuses_what_a_list_of_buckets_has_not(
    say: Driver, options: str
) -> None:
    say("cd oss://")

    said = say(f"ls {options}")

    assert (said.out, said.status) == ("", 2)
    assert "does not work for a list of buckets\nhint: name a bucket: oss://BUCKET/" in said.err


def test_a_terminal_gets_names_side_by_side_and_counts(
    say: Driver, capfd: pytest.CaptureFixture[str]
) -> None:
    screen = Screen()
    say.shell.stdout = screen
    say.shell.onecmd_plus_hooks("ls")

    assert "readme.txt" in screen.getvalue()
    assert len(screen.getvalue().splitlines()) < 5
    assert "7 prefixes, 1 object" in capfd.readouterr().err


def test_a_terminal_gets_a_table_with_titles(say: Driver) -> None:
    say.shell.stdout = screen = Screen()
    say.shell.onecmd_plus_hooks("set allow_style Never")
    say.shell.onecmd_plus_hooks("ls -lh logs/2026/01")

    first = screen.getvalue().splitlines()
    assert any(line.split() == ["size", "modified", "class", "name"] for line in first)
    assert any(line.endswith("  access-2026-01-01.log.gz") for line in first)


def test_cd_without_a_name_leads_to_the_top_of_the_bucket(say: Driver) -> None:
    say("cd logs/2026")

    assert say("cd").status == 0

    assert say("pwd").out == f"oss://{say.session.place.bucket}/\n"


def test_cd_to_an_object_says_what_it_is(say: Driver) -> None:
    assert "is an object, not a prefix" in say("cd readme.txt").err


def test_cd_to_part_of_a_name_is_taken_for_a_slip_unless_written_in_full(say: Driver) -> None:
    bucket = say.session.place.bucket

    assert say("cd lo").status == 2
    said = say(f"cd oss://{bucket}/lo")

    assert said.status == 0
    assert "does not end in '/'" in said.err
    assert say("ls").lines == ["logs/"]
    assert say("cd photos").status == 0


def test_cd_to_a_bucket_that_is_not_there_is_an_error_of_the_store(say: Driver) -> None:
    said = say("cd oss://no-such-bucket-here/")

    assert said.status == 3
    assert "no such bucket" in said.err
    assert "(request " in said.err


def test_lcd_and_lpwd_are_about_this_machine(say: Driver) -> None:
    (say.folder / "sub").mkdir()

    assert say("lcd sub").status == 0
    assert say("lpwd").out == f"{say.folder / 'sub'}\n"
    said = say("lcd nowhere")
    assert (said.status, "cannot go to 'nowhere'" in said.err) == (2, True)


def test_a_limit_says_that_there_may_be_more(say: Driver) -> None:
    say("cd logs")

    assert "3 shown, there may be more" in say("ls -R --limit 3").err
    assert "1 shown, there are more" in say("ls -R --sort size --limit 1").err
    assert "there" not in say("ls -R --limit 100000").err
    say("filter add --suffix .gz")
    assert "2 shown, there may be more" in say("ls -R --limit 2").err
    assert len(say("ls -R --limit 2").lines) == 2


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("jobs bg3", "to see a job: jobs show bg3"),
        ("jobs sow", "did you mean 'show'?"),
        ("alias ll='ls -l'", "write it like this: alias create ll ls -l"),
        ("macro day=ls", "write it like this: macro create day ls -l logs/2026/{1}/"),
    ],
)
def test_a_word_where_an_action_belongs_leads_to_what_was_meant(
    say: Driver, line: str, hint: str
) -> None:
    said = say(line)

    assert (said.status, said.err.splitlines()[-1]) == (2, f"hint: {hint}")


def test_an_alias_of_quoted_words_is_explained(say: Driver) -> None:
    say('alias create ll "ls -l"')

    assert "hint: write it without quotes" in say("ll").err
    say("alias create ll ls -l")
    assert say("ll readme.txt").status == 0
