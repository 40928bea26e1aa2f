"""The report's page: whole, self-contained, and never driven by what a bucket holds."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ossh.console.report.page import GENERATOR, filled, page
from ossh.job import Job
from ossh.manifest import RunRecord
from ossh.model import Cause, Counts, Entry, Failure, Proof, Source, Status, Target
from ossh.selection import Selection
from ossh.session.jobs.job_facts import CauseReport, JobState, Report
from ossh.session.speed import Throughput

NOW = datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC)
EVIL = "</td><script>alert(1)</script>\"'&\x1b[2J\u202e.txt"
MIB = 1 << 20


class Page(HTMLParser):
    """Reads a page, and complains of tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.said = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def entry(key: str, status: Status = Status.DONE, failure: Failure | None = None) -> Entry:
    return Entry(1, key, key, 5 * MIB, "E", NOW, status=status, failure=failure, attempts=2)


@pytest.fixture
def report() -> Report:
    counts = dict.fromkeys(Status, 0) | {Status.DONE: 1200, Status.FAILED: 1}
    size = dict.fromkeys(Status, 0) | {Status.DONE: 900 * MIB, Status.FAILED: 5}
    why = Failure(Cause.DENIED, "AccessDenied", "access denied", "5C3D")
    run = RunRecord(1, NOW, NOW + timedelta(seconds=90), "failed", counts, 1200, 900 * MIB, "b")
    source = Source("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "bucket", "logs/")
    return Report(
        job=Job(Path("/jobs/logs.toml"), NOW, source, Selection(suffix=(".gz",)), Target("/logs")),
        made=NOW,
        state=JobState(
            Path("/jobs/logs.toml"),
            "failed",
            Counts(Counter(counts), Counter(size)),
            is_listed=True,
            proofs={Proof.CRC64: 1200},
            compared=NOW,
        ),
        mapped=3,
        causes=(
            CauseReport(Cause.DENIED, 1, "it may not be read", "the user needs oss:GetObject", ()),
        ),
        failures=(entry("logs/x.gz", Status.FAILED, why),),
        largest=(entry("logs/big.gz"),),
        slowest=(("logs/slow.gz", 12.5, MIB),),
        runs=(run,),
        speed=Throughput(1, (0.0, 30.0, 90.0), (0, 500 * MIB, 900 * MIB)),
    )


def test_the_page_tells_what_was_asked_and_what_is_there(report: Report) -> None:
    said = Page(page(report)).said

    for words in (
        "failed", "oss://bucket/logs/", "suffix .gz", "/logs", "1,200",
        "of 1,201 objects here", "900.0 MiB", "1,200 by CRC64",
        "10.0 MiB/s on average", "1 min 30 s",
        "denied", "the user needs oss:GetObject", "5C3D", "logs/x.gz",
        "logs/big.gz", "logs/slow.gz",
    ):  # fmt: skip
        assert words in said, words


def test_the_page_needs_nothing_but_itself(report: Report) -> None:
    text = page(report)
    seen = Page(text)

    assert not seen.tags.keys() & {"script", "link", "img", "iframe", "object", "form", "a"}
    names = {name for _, name, _ in seen.attributes}
    assert not names & {"src", "href", "srcset", "style"}
    assert not any(name.startswith("on") for name in names)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert GENERATOR in text[:2000]
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text


def test_what_a_bucket_holds_is_never_markup(report: Report) -> None:
    why = Failure(Cause.DENIED, EVIL, EVIL, EVIL)
    evil = replace(
        report,
        job=replace(report.job, source=replace(report.job.source, prefix=EVIL)),
        causes=(CauseReport(Cause.DENIED, 1, EVIL, EVIL, (EVIL,)),),
        failures=(entry(EVIL, Status.FAILED, why),),
        largest=(entry(EVIL),),
        slowest=((EVIL, 1.0, 1),),
    )

    text = page(evil)

    seen = Page(text)
    assert seen.tags == Page(page(report)).tags
    assert "alert(1)" in seen.said
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u202e" in seen.said


def test_the_plot_stays_within_its_frame(report: Report) -> None:
    seen = Page(page(report))

    [points] = [value for *which, value in seen.attributes if which == ["polyline", "points"]]
    places = [tuple(map(float, point.split(","))) for point in points.split()]
    assert len(places) == 240
    assert all(0 <= x <= 720 and 0 <= y <= 220 for x, y in places)
    assert places[0][1] < places[-1][1]  # it was faster at first


def test_a_job_that_fetched_nothing_yet_has_a_page_too(report: Report) -> None:
    empty = replace(report, causes=(), failures=(), largest=(), slowest=(), runs=(), speed=None)

    assert "svg" not in Page(page(empty)).tags


def test_what_is_not_named_is_counted(report: Report) -> None:
    many = replace(report, causes=(CauseReport(Cause.DENIED, 1000, "", "", ()),))

    assert "and 999 more; 'failures --csv FILE' lists them all" in Page(page(many)).said


def test_a_template_is_filled_with_values_and_repeated_lines() -> None:
    each, none = "{{#rows}}\n{{a}} {{b}}\n{{/rows}}\n", "{{#c}}\n-\n{{/c}}\n"
    values = {"rows": [{"a": "<1>"}, {"a": "{{b}}"}], "b": 2, "c": []}

    assert filled('{{"runs"}}\n' + each + none, values) == "runs\n&lt;1&gt; 2\n{{b}} 2\n"


def test_a_value_that_the_page_lacks_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("{{name}}", {})
