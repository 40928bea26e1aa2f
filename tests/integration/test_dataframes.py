"""What people read tables with, over the fsspec file system: the rows, the requests, the bytes."""

import io
from collections.abc import Callable

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset
import pyarrow.parquet
import pytest

from ossh import Credentials, Options, filesystem
from ossh.demo import DemoServer
from ossh.fsspec_filesystem import OsshFileSystem

ROWS = 200_000
COLUMNS = 8


@pytest.fixture
def fs(server: DemoServer) -> OsshFileSystem:
    keys = Credentials(server.access_key_id, server.access_key_secret)
    options = Options(endpoint=server.endpoint, region=server.region)
    return filesystem(options=options, credentials=lambda: keys)


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
    assert sum(map(_length, server.requests("tables/*"))) < fs.size(table) / 2
    assert len(server.requests()) < 20


def _length(request: dict[str, str]) -> int:
    start, stop = request["range"].removeprefix("bytes=").split("-")
    return int(stop) - int(start) + 1


def test_a_csv_is_read_by_its_address(fs: OsshFileSystem, table: str) -> None:
    with fs.open(table.replace(".parquet", ".csv")) as file:
        assert pd.read_csv(file)["b"].tolist() == [2, 4]
