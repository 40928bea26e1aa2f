import io
from collections.abc import Iterator

import pytest

from ossh.shell.output import is_utf8, lines_for, mode_for, pager, paint_for, write
from ossh.shell.text import Column, Form, Mode, Tone, coloured, colourless

NAMES: Form[str] = Form(
    columns=(Column("name"),),
    cells=lambda name: (name,),
    fields=lambda name: (name,),
    record=lambda name: {"key": name},
)


class Terminal(io.StringIO):
    """Text in memory that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_table_and_a_pipe_lines() -> None:
    assert mode_for(Terminal(), as_json=False) is Mode.TABLE
    assert mode_for(io.StringIO(), as_json=False) is Mode.TABS
    assert mode_for(Terminal(), as_json=True) is Mode.JSON


def test_colours_need_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    assert paint_for(Terminal(), allowed=True) is coloured
    assert paint_for(io.StringIO(), allowed=True) is colourless
    assert paint_for(Terminal(), allowed=False) is colourless


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    assert paint_for(Terminal(), allowed=True)("x", Tone.BAD) == "x"


def test_output_appears_before_a_slow_source_ends() -> None:
    stream = io.StringIO()

    def names() -> Iterator[str]:
        yield from (f"k{i}" for i in range(1000))
        assert "k0\n" in stream.getvalue()
        yield "last"

    write(lines_for(names(), NAMES, stream), stream)

    assert stream.getvalue().endswith("k999\nlast\n")


def test_short_output_is_not_paged() -> None:
    stream = Terminal()

    write(["one", "two"], stream, paged=True)

    assert stream.getvalue() == "one\ntwo\n"


def test_there_may_be_no_pager() -> None:
    assert pager(lambda _name: None) is None


def test_json_for_a_stream_of_another_encoding_is_plain_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1", errors="backslashreplace")

    write(lines_for(["日本"], NAMES, stream, as_json=True), stream)

    assert raw.getvalue() == b'{"key": "\\u65e5\\u672c"}\n'
    assert not is_utf8(stream)
