import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.console.views.table import Cell, Column, Form, grid, json_line, tab_separated, table
from ossh.console.views.text import Tone, unpainted

TWO = (Column[str]("size", right=True), Column[str]("name"))
NAMES: Form[str] = Form(
    columns=(Column("name"),),
    fields=lambda name: ("x", name),
    record=lambda name: {"key": name},
)


UNTITLED = (Column[str](""), Column[str](""))


def shown(columns: Sequence[Column[str]], *rows: Sequence[Cell | str], width: int = 0) -> list[str]:
    return list(map(unpainted, table(columns, rows, width=width)))


def test_table_aligns_columns_and_does_not_pad_the_last() -> None:
    lines = shown(TWO, ("1", "a"), ("1000", "long name"))

    assert lines == ["size  name", "   1  a", "1000  long name"]


def test_table_without_titles_has_no_line_for_them_and_counts_wide_characters_twice() -> None:
    assert shown(UNTITLED, ("日本", "x"), ("abcd", "y")) == ["日本  x", "abcd  y"]


def test_table_begins_before_its_rows_have_ended() -> None:
    rows = ((str(number), "x") for number in itertools.count())

    assert next(iter(map(unpainted, table(TWO, rows)))) == "size  name"


def test_colour_does_not_change_the_alignment() -> None:
    rows: list[list[Cell | str]] = [[Cell("1", Tone.BAD), "a"], ["22", "b"]]

    assert list(table(TWO, rows))[1] == "   \x1b[31m1\x1b[0m  a"


def as_json(names: Iterable[str]) -> Iterator[str]:
    return map(json_line, map(NAMES.record, names))


@pytest.mark.fault("F8")
@pytest.mark.parametrize("name", ["a\x1b[31mb", "new\nline", "tab\there", "rtl\u202egpj"])
def test_no_key_drives_the_terminal_in_any_mode(name: str) -> None:
    for written in (NAMES.table, NAMES.tabs, as_json):
        for line in list(written([name]))[-1:]:
            assert line.replace("\t", "").isprintable()


@given(st.lists(st.text("abc日", max_size=9), max_size=40), st.integers(1, 120))
def test_grid_shows_every_name_once(names: list[str], width: int) -> None:
    cells = [Cell(f"<{i}{name}>") for i, name in enumerate(names)]

    text = "\n".join(map(unpainted, grid(cells, width)))

    assert all(text.count(cell.text) == 1 for cell in cells)


def test_grid_fills_column_by_column() -> None:
    cells = [Cell(name) for name in "abcde"]

    assert list(map(unpainted, grid(cells, 9))) == ["a  c  e", "b  d"]


def test_what_is_long_stands_below_its_row_and_is_cut_at_its_beginning() -> None:
    columns, row = (*TWO, Column[str]("source", below=True)), ("1", "a", "oss://bucket/prefix/")

    lines = shown(columns, row)

    assert lines == ["size  name", "  source", "   1  a", "  oss://bucket/prefix/"]
    assert shown(columns, row, width=12)[-1] == "  …t/prefix/"


def test_on_a_narrow_terminal_a_name_has_a_line_of_its_own() -> None:
    columns = (Column[str]("size", right=True), Column[str]("modified"), Column[str]("name"))
    rows = [("1,234", "2026-01-01 10:00", "logs/a.gz"), ("5", "2026-01-01 10:00", "b")]

    assert shown(columns, *rows, width=80)[0].startswith(" size")
    assert shown(columns, *rows, width=30) == [
        "name",
        "  size  modified",
        "logs/a.gz",
        "  1,234  2026-01-01 10:00",
        "b",
        "  5  2026-01-01 10:00",
    ]


def test_what_a_stacked_row_lacks_keeps_its_place_under_its_title() -> None:
    columns = (*map(Column[str], ("code", "tries", "request", "", "key")),)
    rows = [("", "1", "F09400C" * 3, "", "a"), ("", "", "", "", "b/"), ("C", "0", "", "*", "c")]

    assert shown(columns, *rows, width=24)[1:] == [
        "  code  tries  request",
        "a",
        "  -  1",
        "  F09400CF09400CF09400C",
        "b/",
        "  -  -  -",
        "c",
        "  C  0  -  *",
    ]


def test_a_table_that_fits_stands_side_by_side_however_little_room_is_left_for_names() -> None:
    columns = (Column[str]("started"), Column[str]("took"), Column[str]("ended"))
    start, took = "s" * 24, "t" * 8

    assert shown(columns, (start, took, "done"), width=41)[1] == f"{start}  {took}  done"
    assert shown(columns, (start, took, "done"), width=40)[2:] == ["done", f"  {start}  {took}"]


def test_a_value_too_long_for_its_line_hangs_beside_its_label() -> None:
    rows = [("source", "environment OSS_ACCESS_KEY_ID"), ("file", "/a/path/as/long/as/the/line")]

    assert shown(UNTITLED, *rows, width=28) == [
        "source  environment",
        "        OSS_ACCESS_KEY_ID",
        "file    /a/path/as/long/as/t",
        "        he/line",
    ]
    assert shown(UNTITLED, ("label", ""), width=5) == ["label"]


def test_tab_separated_fields_keep_their_number() -> None:
    assert tab_separated(["a\tb", "c"]) == "a\\tb\tc"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_json_line_reads_back_exactly_and_drives_nothing(text: str, ascii_only: bool) -> None:  # noqa: FBT001
    line = json_line({"key": text}, ascii_only=ascii_only)

    assert json.loads(line) == {"key": text}
    assert line.isprintable()
    assert line.isascii() or not ascii_only


def test_json_line_writes_moments_in_utc() -> None:
    line = json_line({"last_modified": datetime(2026, 1, 1, tzinfo=UTC)})

    assert line == '{"last_modified": "2026-01-01T00:00:00Z"}'
