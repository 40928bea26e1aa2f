"""What people read tables with, over the fsspec file system: the rows, the requests, the bytes."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import pytest

from ossh import filesystem
from ossh.demo import DemoServer
from ossh.fsspec.file_system import OsshFileSystem
from tests.zips import zipped

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "library.md"
ROWS = 200_000
COLUMNS = 8


@pytest.fixture
def table(server: DemoServer) -> str:
    """Return the path of a Parquet file of several MiB whose column c1 is a twentieth of it."""
    names = [f"c{number}" for number in range(COLUMNS)]
    columns = {
        name: [(row * 7919 * (place + 1)) % (256 if name == "c1" else 2**40) for row in range(ROWS)]
        for place, name in enumerate(names)
    }
    packed = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), packed, row_group_size=ROWS // 4)
    server.put("tables/numbers.parquet", packed.getvalue())
    server.put("tables/numbers.csv", b"a,b\n1,2\n3,4\n")
    return f"{server.bucket}/tables/numbers.parquet"


def with_pandas(fs: OsshFileSystem, path: str) -> int:
    return int(pd.read_parquet(path, filesystem=fs, columns=["c1"])["c1"].sum())


def with_polars(fs: OsshFileSystem, path: str) -> int:
    lazy = pl.scan_pyarrow_dataset(pyarrow.dataset.dataset(path, filesystem=fs))
    return int(lazy.select("c1").collect()["c1"].sum())


def with_pyarrow(fs: OsshFileSystem, path: str) -> int:
    dataset = pyarrow.dataset.dataset(path, filesystem=fs)
    return int(pyarrow.compute.sum(dataset.to_table(columns=["c1"])["c1"]).as_py())


def with_duckdb(fs: OsshFileSystem, path: str) -> int:
    connection = duckdb.connect()
    connection.register_filesystem(fs)
    numbers = connection.read_parquet(f"ossh://{path}")
    return int(numbers.aggregate("sum(c1)").fetchall()[0][0])


@pytest.mark.parametrize("read", [with_pandas, with_polars, with_pyarrow, with_duckdb])
def test_one_column_is_read_without_the_others(
    fs: OsshFileSystem, server: DemoServer, table: str, read: Callable[[OsshFileSystem, str], int]
) -> None:
    server.clear_requests()

    assert read(fs, table) == sum(row * 7919 * 2 % 256 for row in range(ROWS))
    reads = [one for one in server.requests("tables/*") if one["method"] == "GET"]
    assert sum(map(_length, reads)) < fs.size(table) / 2
    assert len(server.requests()) < 20


def _length(request: dict[str, str]) -> int:
    start, stop = request["range"].removeprefix("bytes=").split("-")
    return int(stop) - int(start) + 1


@pytest.fixture
def in_environment(server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment say how to connect, for addresses that come with no options."""
    place = {"OSS_ENDPOINT": server.endpoint, "OSS_REGION": server.region}
    for name, value in (server.environ | place).items():
        monkeypatch.setenv(name, value)
    OsshFileSystem.clear_instance_cache()


@pytest.fixture
def sales(server: DemoServer) -> str:
    """Return the path of a folder of Parquet files, partitioned by year and month."""
    for year in (2025, 2026):
        for month in (1, 2):
            packed = io.BytesIO()
            rows = {"units": [year + month, 1], "shop": ["north", "south"]}
            pyarrow.parquet.write_table(pa.table(rows), packed)
            key = f"sales/year={year}/month={month}/part-0.parquet"
            server.put(key, packed.getvalue())
    server.put("sales/", b"")
    return f"{server.bucket}/sales"


UNITS_OF_2026 = (2026 + 1) + (2026 + 2) + 2


def sales_with_pandas(path: str, options: dict[str, Any], _fs: OsshFileSystem) -> int:
    table = pd.read_parquet(
        f"ossh://{path}", filters=[("year", "=", 2026)], storage_options=options
    )
    assert sorted(set(table["month"])) == [1, 2]
    return int(table["units"].sum())


def sales_with_dask(path: str, options: dict[str, Any], _fs: OsshFileSystem) -> int:
    dataframe = pytest.importorskip("dask.dataframe", reason="needs dask[dataframe]")
    table = dataframe.read_parquet(
        f"ossh://{path}", filters=[("year", "=", 2026)], storage_options=options
    )
    return int(table["units"].sum().compute())


def sales_with_duckdb(path: str, _options: dict[str, Any], fs: OsshFileSystem) -> int:
    connection = duckdb.connect()
    connection.register_filesystem(fs)
    table = connection.read_parquet(f"ossh://{path}/**/*.parquet", hive_partitioning=True)
    return int(table.filter("year = 2026").aggregate("sum(units)").fetchall()[0][0])


def sales_with_pyarrow(path: str, _options: dict[str, Any], fs: OsshFileSystem) -> int:
    dataset = pyarrow.dataset.dataset(path, filesystem=fs, partitioning="hive")
    table = dataset.to_table(filter=pyarrow.dataset.field("year") == 2026)
    return int(pyarrow.compute.sum(table["units"]).as_py())


@pytest.mark.parametrize(
    "read",
    [
        sales_with_pandas,
        pytest.param(
            sales_with_dask,
            marks=pytest.mark.filterwarnings("ignore:The inplace keyword"),  # Dask's own
        ),
        sales_with_duckdb,
        sales_with_pyarrow,
    ],
)
def test_a_partitioned_folder_is_read_no_further_than_is_asked(
    fs: OsshFileSystem,
    server: DemoServer,
    options: dict[str, Any],
    sales: str,
    read: Callable[[str, dict[str, Any], OsshFileSystem], int],
) -> None:
    server.clear_requests()

    assert read(sales, options, fs) == UNITS_OF_2026
    read_in_vain = [one for one in server.requests("*/year=2025/*") if one["method"] == "GET"]
    assert len({one["key"] for one in read_in_vain}) <= 1  # whose columns stand for all


def test_options_reach_from_any_library(options: dict[str, Any], table: str) -> None:
    address = f"ossh://{table}"
    of_csv = address.replace(".parquet", ".csv")

    assert pd.read_csv(of_csv, storage_options=options)["b"].tolist() == [2, 4]
    assert pd.read_parquet(address, columns=["c1"], storage_options=options).shape == (ROWS, 1)
    with fsspec.open(of_csv, "rt", **options) as file:
        assert file.readline() == "a,b\n"
    with pytest.raises(TypeError, match="did you mean 'region'"):
        pd.read_csv(of_csv, storage_options={**options, "regoin": "cn-hangzhou"})


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # Dask's own
@pytest.mark.usefixtures("in_environment")
def test_each_reader_of_the_guides_table_reads_as_its_line_says(server: DemoServer) -> None:
    pytest.importorskip("dask.dataframe", reason="needs dask[dataframe]")
    for year in (2025, 2026):
        packed = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.table({"units": [1, 2, year]}), packed)
        server.put(f"sales/year={year}/part-0.parquet", packed.getvalue())
        server.put("one.parquet", packed.getvalue())
    server.put("all.zip", zipped({"member.csv": b"a,b"}))
    names: dict[str, Any] = {
        "dask": pytest.importorskip("dask"),
        "duckdb": duckdb,
        "fsspec": fsspec,
        "pd": pd,
        "pl": pl,
    }
    names |= {"pyarrow": pyarrow, "pq": pyarrow.parquet, "fs": filesystem()}
    names["connection"] = duckdb.connect()
    counts: dict[str, Callable[[Any], Any]] = {
        "pandas": len,
        "Dask": len,
        "PyArrow": lambda dataset: dataset.count_rows(),
        "polars": lambda frame: frame.collect().height,
        "DuckDB": len,
        "fsspec": lambda file: file.open().read(),
    }
    found = {}

    for reader, cell in re.findall(r"(?m)^\| (\w+) \| (`.*) \|$", GUIDE.read_text("utf-8")):
        for line in re.findall("`([^`]+)`", cell):
            if "(" in line and "…" not in line:
                exec(f"shown = {line}".replace("bucket/", f"{server.bucket}/"), names)  # noqa: S102 - ours
        if reader in counts:
            found[reader] = counts[reader](names["shown"])
    duckdb.unregister_filesystem("ossh")

    assert found == dict.fromkeys(counts, 6) | {"pandas": 3, "Dask": 3, "fsspec": b"a,b"}


def test_ranges_may_be_columns(fs: OsshFileSystem, table: str, server: DemoServer) -> None:
    content = server.body("tables/numbers.parquet")
    ranges = pd.DataFrame({"start": [4, 900], "end": [8, 950]})

    for starts, ends in (
        (ranges["start"], ranges["end"]),
        (ranges["start"].to_numpy(), ranges["end"].to_numpy()),
    ):
        assert fs.cat_ranges([table] * 2, starts, ends) == [content[4:8], content[900:950]]
    assert fs.cat_ranges([table], ranges["start"].max(), None) == [content[900:]]
