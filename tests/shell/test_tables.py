"""Tables on a terminal: `head` of CSV, JSON lines and Parquet, `stat` of Parquet."""

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.shell.conftest import Driver, on_screen

ROWS = 60_000


def numbers(columns: int) -> dict[str, list[int]]:
    """Return columns whose values do not pack well."""
    return {
        f"number-{place}": [hash((row, place)) for row in range(ROWS)] for place in range(columns)
    }


def put_table(say: Driver, columns: dict[str, Any], **options: Any) -> bytes:
    """Put a table of these columns into the bucket as a.parquet."""
    packed = io.BytesIO()
    pq.write_table(pa.table(columns), packed, **options)
    say.server.put("a.parquet", packed.getvalue())
    return packed.getvalue()


@pytest.fixture
def say(fresh: Driver, monkeypatch: pytest.MonkeyPatch) -> Driver:
    monkeypatch.setenv("COLUMNS", "60")
    return fresh


def test_a_csv_is_a_table_on_a_terminal_and_as_it_is_in_a_pipe(say: Driver) -> None:
    text = "city,people\nHangzhou,12\nBern,1\nRome,3\n"
    say.server.put("a.csv.gz", gzip.compress(text.encode()))

    assert on_screen(say, "head a.csv.gz -n 2") == [
        "city      people",
        "Hangzhou      12",
        "Bern           1",
    ]
    assert on_screen(say, "head a.csv.gz -n 2 --plain") == ["city,people", "Hangzhou,12"]
    assert say("head a.csv.gz -n 2").out == "city,people\nHangzhou,12\n"


def test_columns_that_do_not_fit_are_named_below(say: Driver) -> None:
    say.server.put("a.jsonl", json.dumps({f"column-{i}": "x" * i * 5 for i in range(10)}).encode())

    lines = on_screen(say, "head a.jsonl")

    assert max(map(len, lines)) <= 60
    assert lines[0].split() == ["column-0", "column-1", "column-2", "column-3"]
    assert lines[2].startswith("6 more columns: column-4, column-5")


def test_what_only_claims_to_be_a_table_is_shown_as_text(say: Driver) -> None:
    say.server.put("a.jsonl", b'{"a": 1}\nnot json\n')
    say.server.put("b.csv", b"a,\x1b[31mb\n1,2\n")

    assert on_screen(say, "head a.jsonl") == ['{"a": 1}', "not json"]
    assert "\x1b" not in "".join(on_screen(say, "head b.csv"))


@pytest.mark.parametrize(("columns", "row_group_size"), [(3, 1000), (60, ROWS)])
def test_the_first_rows_of_parquet_take_few_requests(
    say: Driver, columns: int, row_group_size: int
) -> None:
    data = put_table(say, numbers(columns), row_group_size=row_group_size)
    say.server.clear_requests()

    lines = on_screen(say, "head a.parquet -n 2")

    groups = -(-ROWS // row_group_size)
    assert lines[0].startswith(f"60,000 rows, {columns} columns, {groups} row group")
    assert lines[2].split()[:2] == ["number-0", "number-1"]
    assert lines[3].split()[:2] == ["int64", "int64"]
    assert lines[4].split()[0] == str(hash((0, 0)))
    assert len(say.server.requests()) <= 8
    asked = [request["range"].removeprefix("bytes=") for request in say.server.requests()]
    received = sum(int(one.split("-")[1]) - int(one.split("-")[0]) for one in asked if one)
    assert received < len(data)


def test_parquet_in_a_pipe_is_separated_by_tabs(say: Driver) -> None:
    put_table(say, {"a": [1, None], "b": ["x\ty", "z"]})

    assert say("head a.parquet").lines == ["a\tb", "1\tx\\ty", "\tz"]
    assert say("head a.parquet --binary -c 4").out == "PAR1"


def test_stat_counts_the_rows_of_parquet(say: Driver) -> None:
    put_table(say, numbers(3))

    assert {"rows\t60000", "columns\t3"} <= set(say("stat a.parquet").lines)
    assert json.loads(say("stat a.parquet --json").out)["rows"] == ROWS


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1 and nothing else" * 1000])
def test_what_is_no_parquet_is_one_line(say: Driver, data: bytes) -> None:
    say.server.put("a.parquet", data)

    said = say("head a.parquet")

    assert said.status == 2
    assert said.err.startswith("error: 'a.parquet' is not a readable Parquet file")
    assert "hint: --binary shows the bytes as they are stored" in said.err
    assert say("stat a.parquet").status == 0


def test_without_pyarrow_the_line_says_how_to_get_it(
    say: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    say.server.put("a.parquet", b"PAR1")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)

    said = say("head a.parquet")

    assert said.status == 2
    assert "needs PyArrow, which is not installed" in said.err
    assert "install ossh with its extra 'data', which brings pyarrow" in said.err


def test_values_that_python_has_none_for_are_shown_as_pyarrow_writes_them(say: Driver) -> None:
    columns = {
        "late": pa.array([2**61, 0], pa.timestamp("us")),
        "text": pa.array([b"\x89", b"fine"], pa.binary()).view(pa.string()),
        "day": pa.array([2**31 - 1, 0], pa.date32()),
    }
    put_table(say, columns)

    said = say("head a.parquet")

    assert said.status == 0
    first, second = (line.split("\t") for line in said.lines[-2:])
    assert (first[0], first[1]) == (f"<value out of range: {2**61}>", "?")
    assert second == ["1970-01-01 00:00:00", "fine", "1970-01-01"]


def test_parquet_without_columns_is_shown_as_that(say: Driver) -> None:
    put_table(say, {})

    assert say("head a.parquet").status == 0
    assert say("stat a.parquet").status == 0


def test_values_too_large_to_show_are_said(say: Driver) -> None:
    put_table(say, {"id": [1, 2], "note": ["x" * 20_000_000, "short"]}, compression="zstd")

    for told in (say("head a.parquet"), say("head a.parquet -n 1")):
        assert "…" in told.out
        assert "are too large: note" in told.err
    assert on_screen(say, "head a.parquet")[-2:] == ["    1  …", "    2  …"]


def test_lines_of_a_table_are_held_up_to_a_limit(say: Driver) -> None:
    say.server.put("a.csv.gz", gzip.compress(b"a,b\n" + (b"x" * 2000 + b",1\n") * 9000))

    lines = on_screen(say, "head a.csv.gz -n 9000")

    assert 4000 < len(lines) < 4400
