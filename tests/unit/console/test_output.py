import io
from collections.abc import Iterator

import pytest

from ossh.console.output import has_colours, is_utf8, write
from tests.shell.conftest import Screen


@pytest.mark.parametrize(
    ("refused", "term", "stream", "coloured"),
    [
        ("", "xterm", Screen(), True),
        ("", "xterm", io.StringIO(), False),
        ("1", "xterm", Screen(), False),
        ("", "dumb", Screen(), False),
    ],
    ids=["a terminal", "no terminal", "NO_COLOR", "dumb"],
)
def test_colours_need_a_terminal_and_can_be_refused(
    refused: str, term: str, stream: io.StringIO, *, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", refused)
    monkeypatch.setenv("TERM", term)

    assert has_colours(stream) is coloured


def test_output_appears_before_a_slow_source_ends() -> None:
    stream = io.StringIO()

    def names() -> Iterator[str]:
        yield from (f"k{i}" for i in range(1000))
        assert "k0\n" in stream.getvalue()
        yield "last"

    write(names(), stream)

    assert stream.getvalue().endswith("k999\nlast\n")


def test_short_output_is_not_paged() -> None:
    stream = Screen()

    write(["one", "two"], stream, paged=True)

    assert stream.getvalue() == "one\ntwo\n"


@pytest.mark.parametrize(("name", "value"), [("PATH", ""), ("TERM", "dumb")])
def test_without_a_pager_long_output_is_written_as_it_is(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    stream = Screen()
    monkeypatch.setenv(name, value)

    write(map(str, range(1000)), stream, paged=True)

    assert stream.getvalue().endswith("998\n999\n")


def test_not_every_stream_holds_every_character() -> None:
    assert is_utf8(io.StringIO())
    assert is_utf8(io.TextIOWrapper(io.BytesIO(), encoding="UTF-8"))
    assert not is_utf8(io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
