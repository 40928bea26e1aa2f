"""Parquet: its first rows, and never more of them than fits into memory."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ossh.errors import UsageError
from ossh.tables import ParquetObject, Table
from tests.peaks import linux_only, peak_of

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

_WRITE = """
import sys
import pyarrow as pa
from pyarrow import parquet

kind, path = sys.argv[1:]
rows = range(2)
match kind:
    case "value":
        table = pa.table({"id": rows, "x": ["a" * 300_000_000, "b"], "y": ["c", "d"]})
    case "dictionary":
        values = pa.array(["a" * 100_000_000])
        table = pa.table({"id": rows, "x": pa.DictionaryArray.from_arrays([0, 0], values)})
    case "list":
        table = pa.table({"id": rows, "x": pa.array([[1] * 30_000_000, [2]])})
    case "prefix":
        table = pa.table({"id": range(40), "x": ["a" * 8_000_000] * 40})
options = {"use_dictionary": False, "column_encoding": {"x": "DELTA_BYTE_ARRAY"}}
parquet.write_table(table, path, compression="zstd", **(options if kind == "prefix" else {}))
"""
_SHOW = """
import os, sys
from ossh.tables import ParquetObject

with open(sys.argv[1], "rb") as file:
    read = lambda start, stop: os.pread(file.fileno(), stop - start, start)
    size = os.path.getsize(sys.argv[1])
    table = ParquetObject(read, size).first_rows(10, ["id", "x"])
print(len(table.rows), table.rows[0][0], len(table.rows[0][1]), *table.cut)
"""


def first_rows(path: Path, number: int, *columns: str) -> Table:
    data = path.read_bytes()
    file = ParquetObject(lambda start, stop: data[start:stop], len(data), "a.parquet")
    return file.first_rows(number, columns)


def written(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    parquet.write_table(pyarrow.table(columns), path, **options)
    return path


@linux_only
@pytest.mark.fault("F55")
@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("value", "2 0 1 x"),
        ("dictionary", "2 0 1 x"),
        ("list", "2 0 1 x"),
        ("prefix", "10 0 1048577 x"),
    ],
)
def test_a_few_bytes_that_unpack_to_a_huge_value_are_not_shown(
    tmp_path: Path, kind: str, shown: str
) -> None:
    path = tmp_path / "a.parquet"
    subprocess.run([sys.executable, "-c", _WRITE, kind, str(path)], check=True)
    assert path.stat().st_size < 100_000

    mebibytes, _seconds, said = peak_of(_SHOW, [str(path)])

    assert said.strip() == shown
    assert mebibytes < 200


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_the_first_rows_come_from_as_many_pages_as_that_takes(
    tmp_path: Path, version: str, compression: str
) -> None:
    columns = {
        "number": list(range(5000)),
        "text": [None if number % 7 == 0 else f"text {number}" for number in range(5000)],
        "map": [{"a": number, "b": "x"} for number in range(5000)],
        "list": [[number] * (number % 5) for number in range(5000)],
    }
    path = written(
        tmp_path / "a.parquet",
        columns,
        data_page_size=500,
        data_page_version=version,
        compression=compression,
        write_page_checksum=True,
    )

    for number in (1, 10, 3000, 9999):
        shown = first_rows(path, number, *columns)

        most = min(number, 5000)
        expected = zip(*columns.values(), strict=True)
        texts = [tuple("" if one is None else str(one) for one in row) for row in expected]
        assert shown == Table(tuple(columns), tuple(texts[:most]))


def test_a_column_of_lists_is_shown_as_far_as_its_first_pages_reach(tmp_path: Path) -> None:
    lists = [[float(number)] * 1000 for number in range(5000)]
    path = written(
        tmp_path / "a.parquet",
        {"id": range(5000), "x": lists},
        compression="none",
        use_dictionary=False,
    )

    few, many = first_rows(path, 5, "id", "x"), first_rows(path, 5000, "id", "x")

    assert few.rows == tuple((str(number), str(lists[number])) for number in range(5))
    assert not few.cut
    assert many.cut == ("id", "x")
    assert many.rows == tuple((str(at), str(lists[at])) for at in range(len(many.rows)))


def test_lists_whose_values_are_too_large_leave_the_other_columns_whole(tmp_path: Path) -> None:
    columns = {"id": range(5), "x": [["a" * 12_000_000]] * 5}

    shown = first_rows(written(tmp_path / "a.parquet", columns), 5, "id", "x")

    assert shown.rows == tuple((str(number), "…") for number in range(5))
    assert shown.cut == ("x",)


@pytest.mark.parametrize("spoilt", [b"\xff" * 8, b"\x15" + b"\x80" * 10 + b"\x01"])
def test_pages_that_are_none_are_one_clear_line(tmp_path: Path, spoilt: bytes) -> None:
    path = written(tmp_path / "a.parquet", {"x": ["one", "two"]}, compression="none")
    data = bytearray(path.read_bytes())
    data[4 : 4 + len(spoilt)] = spoilt
    path.write_bytes(data)

    with pytest.raises(UsageError, match="is not a readable Parquet file"):
        first_rows(path, 2, "x")


def test_a_footer_that_claims_to_fill_memory_is_not_read() -> None:
    size = 1 << 30

    def read(start: int, stop: int) -> bytes:
        assert stop - start < 1 << 24
        tail = (1 << 29).to_bytes(4, "little") + b"PAR1" if stop == size else b""
        return (bytes(stop - start) + tail)[-(stop - start) :]

    with pytest.raises(UsageError, match="its footer is too large"):
        ParquetObject(read, size, "a.parquet")
