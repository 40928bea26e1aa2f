"""The shell in Chinese: nothing of its help is left in English, and its lines are aligned."""

import re
import sys
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from ossh.language import speak
from tests.shell.conftest import Driver, on_screen
from tests.shell.examples import PARSERS

ENGLISH_SENTENCE = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    speak("zh", {})
    yield
    speak("en", {})


def help_of(prog: str) -> list[str]:
    return PARSERS[prog].format_help().rstrip().splitlines()


@pytest.mark.parametrize("prog", PARSERS)
def test_help_of_every_command_is_in_chinese(prog: str) -> None:
    shown = help_of(prog)[: -len(PARSERS[prog].examples)]
    english = [
        line
        for line in shown
        if ENGLISH_SENTENCE.search(line) and not CHINESE.search(line) and not is_typed(line)
    ]

    assert CHINESE.search(shown[0])
    assert english == []


def is_typed(line: str) -> bool:
    """Return whether a line of help is of its usage, or an example in its text."""
    return "[" in line or line.split(maxsplit=1)[0] in PARSERS


@pytest.mark.parametrize("prog", PARSERS)
def test_no_line_of_help_begins_with_a_mark_that_ends(prog: str) -> None:
    assert [line for line in help_of(prog) if line.lstrip().startswith(tuple("，。；：、）"))] == []


@pytest.mark.parametrize("prog", PARSERS)
def test_headings_end_with_a_colon_of_their_own_width(prog: str) -> None:
    assert [line for line in help_of(prog) if re.fullmatch(r"[\u4e00-\u9fff]+:", line)] == []


def test_usage_goes_on_below_the_first_option() -> None:
    first, second, *_others = help_of("get")

    assert cell_len(first[: first.index("[")]) == len(second) - len(second.lstrip())
    assert first.startswith("用法：get [")


def test_a_table_in_a_help_keeps_its_lines() -> None:
    assert sum("编号" in line for line in help_of("history")) >= 2
    assert any(line.endswith("匹配正则表达式的命令") for line in help_of("history"))


def test_how_an_object_stands_is_said_in_chinese(say: Driver) -> None:
    say("get readme.txt --name one")
    say("set language zh")

    assert re.search(r"状态 +已完成", "\n".join(on_screen(say, "status --key readme.txt")))


@pytest.mark.skipif(sys.platform == "win32", reason="the system says it in other words there")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lcd nowhere", "：文件或目录不存在"),
        ("run_script nowhere", "：文件或目录不存在"),
        ("history -r", "若确实要全部执行，请用 'history -r 1:'"),
        ("alias delete", "请指定名称，或使用 --all"),
        ("macro create ls pwd", "已有同名的命令、别名或宏"),
    ],
)
def test_what_systems_and_cmd2_say_is_said_in_chinese(say: Driver, line: str, said: str) -> None:
    say("set language zh")

    answer = say(line).err

    assert said in answer
    assert not ENGLISH_SENTENCE.search(answer)


def test_filters_that_leave_nothing_are_said_in_chinese(say: Driver) -> None:
    say("filter add --suffix .one,.other")
    say("set language zh")

    assert "没有对象符合筛选条件：suffix .one 或 .other\n" in say("preview").err
