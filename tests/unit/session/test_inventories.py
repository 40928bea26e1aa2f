"""Which report a text means, and what is refused before there is a job."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh import demo
from ossh.errors import StoreError, UsageError
from ossh.selection import KeyList, Selection
from ossh.session import Connection, Options, Place, Wish
from ossh.session.inventories import inventory_for
from tests.reports import put_report


@pytest.fixture(scope="module")
def server() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True) as running:
        running.add_bucket("reports")
        for scan in ("2026-01-01T00-00Z", "2026-02-01T00-00Z"):
            put_report(running, [], home="reports", folder="weekly/", scan=scan)
        running.put("weekly/2026-03-01T00-00Z/manifest.json.tmp", b"", bucket="reports")
        running.put("weekly/zzz/manifest.json", b"", bucket="reports")
        put_report(running, [], folder="mine/", sourceBucket="else\x1bwhere")
        put_report(running, [], folder="orc/", fileFormat="ORC")
        yield running


@pytest.fixture
def connection(server: demo.DemoServer, tmp_path: Path) -> Connection:
    environ = {
        "OSS_ACCESS_KEY_ID": server.access_key_id,
        "OSS_ACCESS_KEY_SECRET": server.access_key_secret,
    }
    options = Options(endpoint=server.endpoint, region=server.region)
    return Connection(options, environ=environ, home=tmp_path)


def found(connection: Connection, text: str, bucket: str = "demo-bucket") -> str:
    return inventory_for(connection, Place(bucket), Wish(inventory=text), Selection())


@pytest.mark.parametrize(
    ("text", "scan"),
    [
        ("weekly/2026-01-01T00-00Z/manifest.json", "2026-01-01T00-00Z"),
        ("weekly/2026-01-01T00-00Z/", "2026-01-01T00-00Z"),
        ("weekly/2026-01-01T00-00Z", "2026-01-01T00-00Z"),
        ("weekly/", "2026-02-01T00-00Z"),
        ("weekly", "2026-02-01T00-00Z"),
    ],
)
def test_a_manifest_its_folder_or_that_of_the_rule_will_do(
    connection: Connection, text: str, scan: str
) -> None:
    address = found(connection, f"oss://reports/{text}")

    assert address == f"oss://reports/weekly/{scan}/manifest.json"


@pytest.mark.parametrize("text", ["oss://reports/", "oss://reports/weekly/data", "nowhere"])
def test_where_no_report_is_that_is_said(connection: Connection, text: str) -> None:
    with pytest.raises(UsageError, match="there is no inventory at oss://") as raised:
        found(connection, text)

    assert "manifest.json" in (raised.value.hint or "")


def test_a_report_of_another_bucket_or_kind_is_refused(connection: Connection) -> None:
    with pytest.raises(UsageError, match=r"an inventory of else\\x1bwhere, not of demo-bucket"):
        found(connection, "/mine")
    with pytest.raises(UsageError, match=r"oss://demo-bucket/orc/.* cannot be used: .* in ORC"):
        found(connection, "/orc")


def test_a_manifest_that_is_not_there_is_an_error_of_the_store(connection: Connection) -> None:
    with pytest.raises(StoreError, match="no such object"):
        found(connection, "oss://reports/none/manifest.json")


def test_an_inventory_takes_neither_names_nor_a_list_of_keys(connection: Connection) -> None:
    listed = Selection(keys_from=(KeyList("keys.txt", frozenset({"a"})),))

    with pytest.raises(UsageError, match="names and --inventory"):
        inventory_for(connection, Place("b"), Wish(("a",), inventory="x"), Selection())
    with pytest.raises(UsageError, match="a list of keys and --inventory"):
        inventory_for(connection, Place("b"), Wish(inventory="x"), listed)
