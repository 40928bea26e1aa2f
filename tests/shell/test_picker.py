"""`browse` at a real terminal whose screen is read: keys, sizes, marks, errors, and leaving."""

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from ossh.commands.browsing import gathering
from ossh.commands.browsing.picker import Picker
from ossh.commands.browsing.screen import Action
from ossh.commands.cat import first_look
from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher
from tests.waiting import wait_until
from tests.zips import zipped

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals there", allow_module_level=True)

from terminal import ScreenTerminal as Terminal

pytestmark = pytest.mark.measured

DOWN, RIGHT, LEFT = (f"\x1b[{one}" for one in "BCD")
CTRL_C = "\x03"
READY = r"\n.*\?: ?keys"  # the last line of the picker

Picking = Callable[..., Terminal]


@pytest.fixture
def server(server: DemoServer) -> DemoServer:
    """Give a bucket with two folders and two objects."""
    server.put("logs/a.txt", b"x" * 3000)
    server.put("logs/deep/b.txt", b"b")
    server.put("pictures/c.jpg", b"c" * 5000)
    server.put("notes.txt", b"good morning\nand good night\n")
    server.put("zeta.bin", b"\0" * 9000)
    return server


@pytest.fixture
def browsing(server: DemoServer, own: Launcher) -> Iterator[Picking]:
    """Start `browse` in a bucket of the test's own."""
    environ = own.environ()
    with ExitStack() as stack:

        def start(size: tuple[int, int] = (80, 24), words: str = "") -> Terminal:
            place = [f"oss://{server.bucket}/"]
            terminal = stack.enter_context(Terminal(place, environ, own.folder, size))
            terminal.until(r"oss://.*>$")
            terminal.type(f"browse {words}".strip())
            terminal.until(READY)
            return terminal

        yield start


@pytest.fixture
def picker(browsing: Picking) -> Terminal:
    """Give `browse` at the top of the bucket."""
    return browsing()


def download(picker: Terminal, to: str, shown: str, answer: str = "y") -> None:
    """Press the key that downloads, answer what it asks, and wait for what is shown then."""
    picker.press("d")
    picker.until(r"Download to which folder")
    picker.type(to)
    picker.until(r"Download now")
    picker.type(answer)
    picker.until(shown)


def test_folders_show_their_sizes_and_the_cursor_moves_in_and_out(picker: Terminal) -> None:
    picker.until(r"\n>.* 2\.9 KiB +2 .*logs/\n")
    picker.press(RIGHT)
    picker.until(r"bucket/logs/ *\n>.*2\.9 KiB .*a\.txt\n.*1 B .*deep/\n")
    picker.press(LEFT)
    picker.until(r"\n>.*logs/\n.*notes\.txt\n.*pictures/")


def test_the_largest_come_first_by_size(picker: Terminal) -> None:
    picker.press("s")
    picker.until(r"zeta\.bin\n.*pictures/\n.*logs/\n.*notes\.txt\n")
    picker.press("s")
    picker.until(r"notes\.txt\n.*logs/\n.*pictures/\n.*zeta\.bin\n")


def test_n_goes_to_the_next_match_and_asks_where_there_is_none(picker: Terminal) -> None:
    picker.press("n")
    picker.until("search: ")
    picker.press("I\r")
    picker.until(r"\n>.*pictures/")
    picker.press("n")
    picker.until(r"\n>.*zeta\.bin")
    picker.press("N")
    picker.until(r"\n>.*pictures/")
    picker.press("/nowhere\r")
    picker.until("'nowhere' not found")


def test_an_object_is_looked_at(picker: Terminal) -> None:
    picker.press("/notes\ri")
    picker.until(r"notes\.txt\ngood morning\nand good night\n")
    picker.press("q")
    picker.until(READY)


def test_what_is_no_text_names_what_is_known_about_it(fresh: Driver) -> None:

    shown = first_look(fresh.session, replace(fresh.session.place, prefix="zeta.bin"))

    assert list(shown) == ["this is not text; 'stat' shows what is known about it"]
    assert fresh("stat zeta.bin").status == 0


def test_marks_of_folders_and_objects_are_fetched(picker: Terminal, launch: Launcher) -> None:
    picker.press(" /notes\r ")
    picker.until("2 marked")
    download(picker, "here", r"verified: 3 by CRC64(.*\n)*.*>$")

    found = sorted(one.name for one in (launch.folder / "here").rglob("*.txt"))
    assert found == ["a.txt", "b.txt", "notes.txt"]


def test_a_folder_is_taken_as_it_is_typed_without_a_prompt_too(own: Launcher) -> None:
    folder = "\\\\so lo\\"
    words = ("browse", "oss://demo-bucket/logs/")
    environ = own.environ()

    with Terminal(words, environ, own.folder, (80, 24)) as picker:
        picker.until(READY)
        picker.press(" ")
        download(picker, folder, r"verified: 1 by CRC64")

    assert (own.folder / folder / "a.txt").is_file()


def test_filters_hold_as_long_as_the_picker(browsing: Picking, launch: Launcher) -> None:
    picker = browsing(words="logs/ --suffix b.txt --glob */*")

    picker.until(r"\[2 filters\](.*\n)*.*filters hide 1")
    picker.press("q")
    picker.until(r"bucket/>$")  # without a number of filters, where it was
    picker.type("browse logs/ --suffix b.txt")
    picker.until(r"\[1 filter\](.*\n)*.*filters hide 1")
    picker.press(" ")
    download(picker, "here", r"verified: 1 by CRC64(.*\n)*.*>$")

    assert [one.name for one in (launch.folder / "here").rglob("*.txt")] == ["b.txt"]


@pytest.mark.parametrize("marks", ["", " /notes\r "], ids=["a folder", "a folder and an object"])
def test_a_download_that_is_interrupted_leaves_place_and_filters(
    picker: Terminal, launch: Launcher, marks: str
) -> None:
    picker.press(f"{marks}d")
    picker.until(r"Download to which folder")
    picker.type("here")
    picker.until(r"Download now\? \[Y/n\]$")
    picker.press(CTRL_C)
    picker.until(r"demo-bucket/>$")  # without a number of filters

    assert not (launch.folder / "here").exists()


def test_a_download_that_is_declined_leads_back_to_the_marks(
    picker: Terminal, launch: Launcher
) -> None:
    picker.press(" /notes\r ")
    download(picker, "here", "Download now", answer="n")
    picker.until(r"nothing was downloaded\n(.*\n)*.*Enter goes back:$")
    picker.press("\r")
    picker.until(rf"\*.*logs/\n(.*\n)*.*2 marked.*{READY}")
    picker.press("q")
    picker.until(r"demo-bucket/>$")  # without a number of filters

    assert not (launch.folder / "here").exists()


def test_a_preview_leads_back_to_the_marks(browsing: Picking, launch: Launcher) -> None:
    picker = browsing(words="--suffix .txt")
    picker.press(" ")

    for _time in range(2):
        picker.press("p")
        picker.until(r"preview\n(.*\n)*.*Enter goes back:$")
        picker.press("\r")
        picker.until(rf"\[1 filter\](.*\n)*.*\*.*logs/\n(.*\n)*.*1 marked.*{READY}")

    download(picker, "here", r"verified: 2 by CRC64(.*\n)*.*>$")
    assert len([*(launch.folder / "here").rglob("*.txt")]) == 2


def test_marked_members_of_an_archive_are_unpacked(
    server: DemoServer, browsing: Picking, launch: Launcher
) -> None:
    names = ("images/a.txt", "images/b.txt", "images/c.txt", "readme.md")
    server.put("data.zip", zipped(dict.fromkeys(names, b"packed")))
    picker = browsing(words="data.zip/images/")

    picker.press(" ")
    picker.press(" ")
    picker.until("2 marked")
    download(picker, "here", r"unpacked and verified: 2 files(.*\n)*.*>$")

    found = sorted(one.name for one in (launch.folder / "here").rglob("*.*"))
    assert found == ["a.txt", "b.txt"]


def test_filters_that_mean_nothing_there_are_refused(picker: Terminal) -> None:
    picker.press("q")
    picker.until(r"demo-bucket/>$")
    picker.run("cd logs")
    picker.run("filter add --exclude /deep/")

    picker.type("browse /pictures/")

    picker.until(r"error: the filter '/deep/' is relative to 'logs/'\n(.*\n)+oss://.*>$")


@pytest.mark.parametrize("name", ["a:b", "here"], ids=["not a name", "taken"])
def test_a_refused_name_leaves_marks_filters_and_the_open_job(picker: Terminal, name: str) -> None:
    picker.press("q")
    picker.until(r"demo-bucket/>$")
    picker.run("filter add --suffix .txt")
    picker.run("get logs/ --to here")
    picker.type("browse")
    picker.until(r"\n>.*logs/")

    picker.press(" /pict\r ")
    picker.until("2 marked")
    picker.press("w")
    picker.until("name of the job")
    picker.type(name)
    picker.until(rf'save "{name}"\nerror: (.*\n)+.*Enter goes back:$')
    picker.press("\r")
    picker.until(rf"2 marked.*{READY}")
    picker.press("q")
    picker.until(r"oss://.* \[1 filter\]>$")

    picker.type("status")
    picker.until(r"> status\n.*here")


@pytest.mark.parametrize("answer", ["kept\x1b", " \r"], ids=["Escape", "no name"])
def test_marks_stay_without_a_name_for_a_job(picker: Terminal, answer: str) -> None:
    picker.press(" /zeta\r ")
    picker.until("2 marked")

    picker.press("w")
    picker.until(r"name of the job: _")
    picker.press(answer)
    picker.until(rf"\n>\*.*zeta\.bin\n(.*\n)*.*2 marked{READY}")

    picker.press("wkept\r")
    picker.until(r'save "?kept"?\n(.*\n)+.*>$')


@pytest.mark.parametrize("how", ["q", CTRL_C])
def test_leaving_gives_the_prompt_back(picker: Terminal, how: str) -> None:
    picker.press(how)
    picker.until(r"demo-bucket/>$")
    picker.run("pwd")


def test_a_key_answers_while_sizes_are_outstanding(server: DemoServer, picker: Terminal) -> None:
    picker.until(r"2\.9 KiB .*logs/\n")
    server.fault("hold", operation="flat")

    picker.press("R")
    picker.until(r"\n>.*… .*logs/\n.*\n.*… .*pictures/")
    picker.press(DOWN)
    picker.until(r"… .*logs/\n>.*notes\.txt\n.*… .*pictures/")
    wait_until(lambda: sum(one["fault"] == "hold" for one in server.requests()) == 2)
    server.clear_faults()
    picker.until(r"2\.9 KiB .*logs/\n>.*\n.*4\.9 KiB .*pictures/")


def test_what_was_asked_for_ends_where_all_is_asked_for_again(
    fresh: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PIECE_SECONDS", 60)
    fresh.server.fill("large/{:02}", 30, 1)
    picker = Picker(fresh.session, fresh.session.place, lambda: (80, 24))
    fresh.server.fault("short-page", operation="flat", keys=1, seconds=0.2)

    wait_until(lambda: any(re.search(r"1 B\+.* large/", text) for _style, text in picker.lines()))
    picker.lines()  # has the next piece asked for
    picker.press(Action.RENEW)
    picker.close()
    asked = len(fresh.server.requests())
    wait_until(lambda: all(one.name != "ossh-call" for one in threading.enumerate()))

    assert len(fresh.server.requests()) <= asked + 3  # a page of each folder


def test_the_screen_follows_the_window(picker: Terminal) -> None:
    picker.until(r"2\.9 KiB +2 .*logs/\n")

    picker.resize(40, 12)
    picker.until(r"2\.9 KiB +logs/\n[\s\S]*q:leave$")
    picker.resize(100, 30)
    picker.until(r"2\.9 KiB +2 .*logs/\n")


@pytest.mark.parametrize("columns", [20, 31, 50, 60, 79, 100])
def test_how_to_leave_is_shown_at_any_width(say: Driver, columns: int) -> None:
    picker = Picker(say.session, say.session.place, lambda: (columns, 12))

    wait_until(lambda: re.search(r"q: ?leave *$", picker.lines()[-1][1]))

    picker.close()


def test_what_is_denied_is_a_line_and_not_an_end(server: DemoServer, picker: Terminal) -> None:
    server.fault("status", operation="list", status=403)

    picker.press(RIGHT)
    picker.until(r"bucket/logs/ *\n[\s\S]*access denied")
    server.clear_faults()
    server.fault("status", operation="flat", status=403)
    picker.press(LEFT + "R")
    picker.until(r"\n> +\? .*logs/\n[\s\S]*access denied")
    picker.press(DOWN)
    picker.until(r"\n>.*notes\.txt[\s\S]*" + READY)


def test_without_a_terminal_one_line_says_what_to_use(own: Launcher) -> None:
    done = own("oss://demo-bucket/", "-c", "browse")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "error: 'browse' needs a person at a terminal",
        "hint: in a script, 'ls' lists and 'du' counts",
    ]


def test_a_pipe_is_no_terminal(say: Driver) -> None:
    assert say("browse | cat").status == 2


def test_sigterm_ends_it(picker: Terminal) -> None:
    picker.process.terminate()

    assert picker.process.wait(60) == 143
