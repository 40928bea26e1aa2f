"""Two languages, the same for programs; no help in Chinese has English left, or lines awry."""

import re
import sys
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from ossh.commands.browsing.picker import Picker
from ossh.commands.browsing.screen import Action
from ossh.language import speak
from tests.shell.conftest import Driver, Launcher, on_screen
from tests.shell.examples import PARSERS

ENGLISH_SENTENCE = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en", {})


def test_set_language_switches_at_once(say: Driver) -> None:
    before = say("cd nowhere")
    chosen = say("set language zh")
    after = say("cd nowhere")
    back = say("set language EN")

    assert before.err.startswith("error: no key starts with 'nowhere'\nhint: 'ls' shows")
    assert chosen.status == 0
    assert after.err.startswith("错误：没有以 'nowhere' 开头的对象\n提示：可用 'ls' 查看此处的内容")
    assert back.status == 0
    assert say("cd nowhere").err == before.err


def test_a_language_that_ossh_does_not_speak_is_refused(say: Driver) -> None:
    said = say("set language fr")

    assert "'fr' is not one of auto, en, zh" in said.err
    assert say("set language").out.count("auto") >= 1


def test_language_auto_is_that_of_the_environment(fresh: Driver) -> None:
    fresh("set language zh")

    fresh("set language auto")

    assert fresh("cd nowhere").err.startswith("error: ")


def test_an_unknown_command_and_a_wrong_option_are_answered_in_chinese(say: Driver) -> None:
    say("set language zh")

    assert say("opne").err.startswith("错误：命令 'opne' 不存在\n提示：您是否想输入 'open'？")
    wrong = say("ls --revrse")
    assert "错误：无法识别的参数：--revrse" in wrong.err
    assert "您是否想输入 '--reverse'？" in wrong.err
    assert "错误：缺少以下参数：KEY" in say("stat").err
    assert say("set xyzzy 1").err == "错误：设置项 'xyzzy' 不存在\n提示：'set' 会列出所有设置\n"
    assert "错误：参数 --limit：'x' 不是大于等于 1 的整数" in say("ls --limit x").err
    assert "错误：参数 --sort：无效的选择：'x'" in say("ls --sort x").err


def test_lists_of_commands_and_settings_are_in_chinese(say: Driver) -> None:
    say("set language zh")

    everything = say("help -v").out
    assert all(CHINESE.search(line) for line in everything.splitlines() if re.match(r" \w", line))
    assert all(CHINESE.search(line) for line in say("set").out.splitlines() if "auto" in line)


def test_what_tab_offers_is_explained_in_chinese(say: Driver) -> None:
    say("set language zh")

    [option] = say.shell.complete("--hum", "ls --hum", 3, 8).items
    [action] = say.shell.complete("cle", "jobs cle", 5, 8).items

    assert CHINESE.search(option.display_meta)
    assert CHINESE.search(action.display_meta)


def test_the_keys_of_the_picker_are_not_those_of_a_bucket(say: Driver) -> None:
    say("set language zh")
    picker = Picker(say.session, say.session.place, lambda: (80, 24))

    picker.press(Action.HELP)
    (_style, title), *_rows = picker.lines()

    assert title.strip() == "键盘按键"


def test_what_cmd2_remarks_is_said_in_chinese(say: Driver) -> None:
    say("set language zh")

    assert "已创建 'l'" in say("alias create l ls -l").out
    assert "'m' 不存在" in say("alias delete m").err
    assert "无法设置 connections：'x' 不是 0 到 1024 之间的整数" in say("set connections x").err
    assert "无法理解这一行：引号没有闭合" in say("ls 'x").err
    say("alias delete l")


@pytest.mark.parametrize(
    "line",
    [
        "ls -l",
        "ls -R --json --limit 3",
        "stat readme.txt",
        "stat readme.txt --json",
        "whoami",
        "whoami --json",
        "buckets",
        "du",
        "tree --json",
        "filter add --suffix .gz --newer 7000d",
        "filter",
        "filter --json",
        "preview",
        "preview --json",
    ],
)
def test_programs_read_the_same_in_both_languages(say: Driver, line: str) -> None:
    english = say(line).out
    say("set language zh")

    assert stable(say(line).out) == stable(english)


def test_a_job_reads_the_same_to_programs_in_both_languages(say: Driver) -> None:
    say("get readme.txt --name job")
    lines = ("status", "status --json", "jobs", "jobs --json", "jobs show", "status readme.txt")
    english = [say(line).out for line in lines]

    say("set language zh")

    assert [say(line).out for line in lines] == english


def test_checks_of_doctor_read_the_same_to_programs(say: Driver) -> None:
    english = say("doctor --json").out
    say("set language zh")
    chinese = say("doctor --json").out

    assert CHINESE.search(chinese) is None
    names, verdicts = r'"check": "[^"]+"', r'"verdict": "([^"]+)"'
    assert re.findall(names, chinese) == re.findall(names, english)
    assert set(re.findall(verdicts, chinese)) <= {"ok", "warning", "problem", "skipped"}


def stable(text: str) -> str:
    return re.sub(
        r'"free": \d+|(?m:^free\t\d+$)|"x-oss-request-id": "\w+"|"date": "[^"]+"', "", text
    )


@pytest.mark.parametrize("line", ["ls -l", "buckets", "jobs", "whoami", "status"])
def test_columns_line_up_in_chinese(say: Driver, line: str) -> None:
    say("get readme.txt --name 日志")
    say("set language zh")

    shown = on_screen(say, line)
    rows = [row for row in shown if "  " in row.strip() and not re.match(r"  \S", row)]

    assert len(rows) > 1
    assert any(map(CHINESE.search, rows))
    # The last column begins at the same place in every row.
    starts = {cell_len(row[: row.rstrip().rindex("  ") + 2]) for row in rows}
    assert len(starts) == 1, rows


def test_braces_and_percent_signs_in_names_are_data(say: Driver) -> None:
    for language in ("en", "zh"):
        say(f"set language {language}")
        for name in ("{0}", "{name}", "{", "%s", "{name!r:^99}"):
            assert f"'{name}'" in say(f"cd {name}").err


def help_of(prog: str) -> list[str]:
    speak("zh", {})
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
    assert not [line for line in shown if line.lstrip().startswith(tuple("，。；：、）"))]
    assert not [line for line in shown if re.fullmatch(r"[\u4e00-\u9fff]+:", line)]


def is_typed(line: str) -> bool:
    """Return whether a line of help is of its usage, or an example in its text."""
    return "[" in line or line.split(maxsplit=1)[0] in PARSERS


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


@pytest.mark.parametrize(
    "variables",
    [{"LC_MESSAGES": "zh_CN.UTF-8"}, {"LC_ALL": "zh_CN.UTF-8"}, {"LC_MESSAGES": "zh"}],
)
def test_the_locale_chooses_the_language(launch: Launcher, variables: dict[str, str]) -> None:
    done = launch("--help", PYTHONUTF8="1", **variables)

    assert done.stdout.startswith("用法：ossh ")
    assert "显示本帮助并退出" in done.stdout
    assert "示例：" in done.stdout


def test_a_wrong_command_line_is_refused_in_chinese(launch: Launcher) -> None:
    done = launch("--quite", PYTHONUTF8="1", LC_MESSAGES="zh_CN.UTF-8")

    assert done.returncode == 2
    assert done.stderr == "错误：无法识别的参数：--quite\n提示：您是否想输入 '--quiet'？\n"


def test_a_failure_before_there_is_a_shell_is_told_in_chinese(launch: Launcher) -> None:
    done = launch("no-such-script", PYTHONUTF8="1", LC_MESSAGES="zh_CN.UTF-8")

    assert done.returncode == 2
    assert done.stderr.startswith("错误：命令 'no-such-script' 不存在\n")
    assert "\n提示：如果指的是存储空间：ossh oss://no-such-script/；" in done.stderr


@pytest.mark.measured
def test_the_language_is_remembered_in_the_startup_script(run: Launcher) -> None:
    folder = run.folder / "config" / "ossh"
    folder.mkdir(parents=True)
    (folder / "osshrc").write_text("set language zh\n", encoding="utf-8")

    with run.terminal(
        "oss://demo-bucket/",
        XDG_CONFIG_HOME=str(run.folder / "config"),
        PYTHONUTF8="1",
    ) as terminal:
        terminal.answer("bucket/>", "cd nowhere")
        terminal.until("错误：没有以 'nowhere' 开头的对象")
