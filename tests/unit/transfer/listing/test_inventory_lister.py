"""InventoryLister: a report's rows as pages, each file proved before its rows count."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from ossh.backoff import Backoff
from ossh.demo import DemoServer
from ossh.manifest import ListingRange
from ossh.model import Cause, Failure, Source
from ossh.network import Http, Pools
from ossh.selection import Selection
from ossh.store.bulk_reader import BulkReader
from ossh.store.inventory_report import PAGE
from ossh.store.listing import Lister
from ossh.store.object_reader import Reader
from ossh.store.retries import PASSING, Retries
from ossh.transfer.listing.inventory_lister import InventoryLister
from ossh.transfer.messages import Page, Pages
from tests import usual
from tests.reports import MODIFIED, put_report


def pages(
    server: DemoServer,
    key: str,
    cursor: str = "",
    is_ending: Callable[[], bool] = lambda: False,
    **rules: Any,
) -> Pages:
    """Yield the pages of the report that a manifest tells of."""
    http, signer = Http(), usual.signer(server)
    source = Source(server.endpoint, server.region, server.bucket)
    inventory = f"oss://{server.bucket}/{key}"
    job = usual.job(
        Path("job.toml"), source=source, selection=Selection(**rules), inventory=inventory
    )
    listing = ListingRange(3, "", "", cursor, finished=False)
    at_once = Retries(dict.fromkeys(PASSING, 3), Backoff(0.0, 0.0))
    bulk = BulkReader(
        lambda _bucket: signer, lambda _bucket: lambda _why: False, Pools(http), retries=at_once
    )
    reader = Reader(bulk, job.inventory_bucket)
    return InventoryLister(Lister(lambda: signer, http), reader, job, listing, is_ending).pages()


def replies(server: DemoServer, key: str, cursor: str = "", **rules: Any) -> list[Page | Failure]:
    """Return all pages of a report, up to a failure, which is the last thing that is taken."""
    found: list[Page | Failure] = []
    for page in pages(server, key, cursor, **rules):
        found.append(page)
        if isinstance(page, Failure):
            break
    return found


def keys(found: Sequence[Page | Failure]) -> list[str]:
    return [info.key for page in found if isinstance(page, Page) for info in page.objects]


def failure(found: Sequence[Page | Failure]) -> tuple[Cause, str]:
    [*_, last] = found
    assert isinstance(last, Failure)
    return last.cause, last.message


def many(bucket: str, count: int) -> list[str]:
    return [f"{bucket},{n:05d},7,Standard,2026-01-02T03:04:05Z,AB,false" for n in range(count)]


def test_all_files_come_in_order_and_the_end_is_an_empty_page(server: DemoServer) -> None:
    rows = many(server.bucket, PAGE + 5)
    key = put_report(server, [rows[: PAGE + 1], [], rows[PAGE + 1 :]])

    found = replies(server, key)

    assert keys(found) == [f"{n:05d}" for n in range(PAGE + 5)]
    first = "report/data/2026-01-01T00-00Z-0.csv.gz"
    assert [page.cursor for page in found if isinstance(page, Page)] == [
        f"{PAGE} {first}",
        f"{PAGE + 1} {first}",
        "4 report/data/2026-01-01T00-00Z-2.csv.gz",
        "",
    ]


@pytest.mark.parametrize("skip", [0, 1, PAGE - 1, PAGE, PAGE + 1])
def test_it_goes_on_behind_its_cursor(server: DemoServer, skip: int) -> None:
    rows = many(server.bucket, 2 * PAGE)
    key = put_report(server, [rows[: PAGE + 1], rows[PAGE + 1 :]])
    server.clear_requests()

    found = replies(server, key, f"{skip} report/data/2026-01-01T00-00Z-0.csv.gz")

    assert keys(found) == [f"{n:05d}" for n in range(skip, 2 * PAGE)]


def test_what_the_report_does_not_say_is_looked_up_for_what_may_be_wanted(
    server: DemoServer,
) -> None:
    names = ("a.gz", "b.txt", "gone.gz")
    for name in names[:2]:
        server.put(name, b"12345", last_modified=MODIFIED, storage_class="IA")
    rows = [f"{server.bucket},{name},9" for name in names]
    key = put_report(server, [rows], columns="Bucket, Key, Size")
    server.clear_requests()

    found = replies(server, key, suffix=(".gz",), min_size=1, newer=MODIFIED)

    page = found[0]
    assert isinstance(page, Page)
    assert [(one.key, one.size, one.storage_class) for one in page.objects] == [("a.gz", 5, "IA")]
    assert page.objects[0].last_modified == MODIFIED.astimezone(UTC)
    assert sum("list-type" in one["query"] for one in server.requests()) == 1


def test_what_is_looked_up_shares_listings_and_keeps_the_order_of_the_report(
    server: DemoServer,
) -> None:
    server.fill("{:04d}", 1000, 5)
    names = [f"{number:04d}" for number in (*range(500, 1000), *range(500))]
    key = put_report(server, [[f"{server.bucket},{name}" for name in names]], columns="Bucket, Key")
    server.clear_requests()

    found = replies(server, key)

    assert keys(found) == names
    assert sum("list-type" in one["query"] for one in server.requests()) == 1


def test_a_storage_class_is_looked_up_only_when_a_filter_asks_for_it(server: DemoServer) -> None:
    server.put("a", b"1", storage_class="IA")
    rows = [f"{server.bucket},a,1,2026-01-02T03:04:05Z,AB"]
    key = put_report(server, [rows], columns="Bucket, Key, Size, LastModifiedDate, ETag")
    server.clear_requests()

    plain = replies(server, key)
    looks = server.requests("")
    chosen = replies(server, key, storage_class=("IA",))

    assert keys(plain) == keys(chosen) == ["a"]
    assert looks == []
    assert isinstance(chosen[0], Page)
    assert chosen[0].objects[0].storage_class == "IA"


def test_a_look_that_fails_ends_the_page(server: DemoServer) -> None:
    key = put_report(server, [[f"{server.bucket},a"]], columns="Bucket, Key")
    server.fault("status", operation="list", status=500, times=1)

    cause, _ = failure(replies(server, key))

    assert cause is Cause.SERVER


def test_a_file_whose_md5_differs_gives_no_row(server: DemoServer) -> None:
    key = put_report(server, [many(server.bucket, 2)])
    name = "report/data/2026-01-01T00-00Z-0.csv.gz"
    data = bytearray(server.body(name))
    data[4] ^= 1  # the date that gzip keeps: only the MD5 tells
    server.put(name, bytes(data))

    found = replies(server, key)

    assert len(found) == 1
    cause, text = failure(found)
    assert cause is Cause.CORRUPT
    assert "its MD5 differs" in text


def test_a_file_that_is_no_list_says_so(server: DemoServer) -> None:
    key = put_report(server, [["only-one-field"]])

    cause, text = failure(replies(server, key))

    assert cause is Cause.CORRUPT
    assert "a row has fewer fields" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sourceBucket": "other"}, "the inventory is for another bucket, 'other'"),
        ({"fileFormat": "ORC"}, "the inventory is in ORC format, but ossh reads only CSV"),
    ],
)
def test_a_report_that_is_of_no_use_stops_the_run(
    server: DemoServer, changes: dict[str, str], said: str
) -> None:
    key = put_report(server, [], **changes)

    cause, text = failure(replies(server, key))

    assert cause is Cause.REFUSED
    assert said in text
    assert f"oss://{server.bucket}/{key}" in text


def test_a_report_that_was_replaced_does_not_go_on(server: DemoServer) -> None:
    key = put_report(server, [many(server.bucket, 2)])

    cause, text = failure(replies(server, key, "1 report/data/of-yesterday.csv.gz"))

    assert cause is Cause.REFUSED
    assert "this is not the inventory that was read before; 'refresh' reads the new one" in text


def test_a_file_that_is_gone_or_refused_keeps_its_cause(server: DemoServer) -> None:
    key = put_report(server, [many(server.bucket, 2)])
    server.fault("status", key="*.csv.gz", status=403, code="AccessDenied")
    denied, _ = failure(replies(server, key))
    server.clear_faults()
    server.delete("report/data/2026-01-01T00-00Z-0.csv.gz")

    gone, text = failure(replies(server, key))

    assert (denied, gone) == (Cause.DENIED, Cause.GONE)
    assert "cannot read 'report/data/2026-01-01T00-00Z-0.csv.gz'" in text


def test_no_place_for_a_copy_stops_the_run(
    server: DemoServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = put_report(server, [many(server.bucket, 2)])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

    cause, text = failure(replies(server, key))

    assert cause is Cause.DISK_FULL
    assert "cannot keep a copy of 'report/data/" in text


def test_one_that_is_told_to_end_gives_nothing_more(server: DemoServer) -> None:
    key = put_report(server, [many(server.bucket, 2 * PAGE)])
    ending = threading.Event()
    found = pages(server, key, is_ending=ending.is_set)
    assert isinstance(next(found), Page)

    ending.set()

    assert list(found) == []
    assert list(pages(server, key, is_ending=ending.is_set)) == []
