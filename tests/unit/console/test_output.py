import io
from collections.abc import Iterator

import pytest

from ossh.console.output import has_colours, is_utf8, write


class Terminal(io.StringIO):
    """Text in memory that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_colours_need_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    assert has_colours(Terminal())
    assert not has_colours(io.StringIO())


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    assert not has_colours(Terminal())


def test_output_appears_before_a_slow_source_ends() -> None:
    stream = io.StringIO()

    def names() -> Iterator[str]:
        yield from (f"k{i}" for i in range(1000))
        assert "k0\n" in stream.getvalue()
        yield "last"

    write(names(), stream)

    assert stream.getvalue().endswith("k999\nlast\n")


def test_short_output_is_not_paged() -> None:
    stream = Terminal()

    write(["one", "two"], stream, paged=True)

    assert stream.getvalue() == "one\ntwo\n"


def test_without_a_pager_long_output_is_written_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setenv("PATH", "")

    write(map(str, range(1000)), stream, paged=True)

    assert stream.getvalue().endswith("998\n999\n")


def test_not_every_stream_holds_every_character() -> None:
    assert is_utf8(io.StringIO())
    assert is_utf8(io.TextIOWrapper(io.BytesIO(), encoding="UTF-8"))
    assert not is_utf8(io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
