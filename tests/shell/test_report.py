"""`report` as it is typed: what it writes, where to, and what it never writes over."""

import pytest

from tests.shell.conftest import Driver
from tests.unit.console.report.test_page import Page


@pytest.fixture
def got(fresh: Driver) -> Driver:
    """Give a shell whose open job lacks one object."""
    fresh.server.put("logs/a.gz", b"a" * 1000)
    fresh.server.put("logs/<b>.gz", b"b")
    fresh.server.fault("status", key="logs/<b>.gz", status=403)
    assert fresh("get logs/").status == 1
    return fresh


def test_the_page_tells_of_the_job(got: Driver) -> None:
    said = got("report")

    assert (said.status, said.lines) == (0, [str(got.folder / "logs.html")])
    text = (got.folder / "logs.html").read_text(encoding="utf-8")
    seen = Page(text)
    for words in ("failed", "logs/a.gz", "logs/<b>.gz", "denied", "Slowest", "1 by CRC64"):
        assert words in seen.said, words
    assert got.server.access_key_secret not in text
    assert got.server.access_key_id not in text
    assert [path.name for path in got.folder.iterdir() if path.name.startswith(".")] == []


def test_any_job_can_be_told_of_in_any_file(got: Driver) -> None:
    got("cd logs")

    assert got("report logs out.html").status == 0

    assert (got.folder / "out.html").exists()
    assert got("report").status == 2  # none is open
    assert "there is no job 'none'" in got("report none").err


def test_a_report_is_written_anew_and_nothing_else_written_over(got: Driver) -> None:
    assert [got("report logs").status, got("report logs").status] == [0, 0]
    mine = got.folder / "mine.html"
    mine.write_text("<p>mine</p>", encoding="utf-8")

    said = got("report logs mine.html")

    assert (said.status, "is not a report" in said.err) == (2, True)
    assert mine.read_text(encoding="utf-8") == "<p>mine</p>"


def test_a_report_is_a_file_that_a_browser_opens_or_goes_to_stdout(got: Driver) -> None:
    named, shown = got("report logs out"), got("report logs -")

    assert named.lines == [str(got.folder / "out.html")]
    assert shown.out == (got.folder / "out.html").read_text(encoding="utf-8")
    assert not (got.folder / "-").exists()
