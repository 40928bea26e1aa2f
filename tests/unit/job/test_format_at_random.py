"""Job files that somebody, or something, has spoilt: a job, or one clear error."""

import tomllib
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import example, given
from hypothesis import strategies as st

from ossh.errors import JobFileError
from ossh.job import load
from ossh.job.fields import FILTER, SOURCE, TARGET, TRANSFER
from ossh.job.format import dumps, loads
from ossh.printable import printable
from tests.unit.job.test_format import DESIGN, LEAST, PATH

pytestmark = pytest.mark.fault("F43")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WORDS = st.sampled_from(
    [
        *["", " ", "0", "-1", "1", "7d", "1h", "90s", "1KiB", "nan", "inf", "1e400", "9" * 5000],
        *["x", "*", "**/", "[", "\\", "/", "\0"],
    ]
)
ZONES = st.sampled_from([None, *(timezone(timedelta(hours=hours)) for hours in (-23, 0, 23))])
SCALARS = (
    TEXT
    | WORDS
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.dates()
    | st.times()
    | st.datetimes(timezones=ZONES)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
FIELDS = [
    *["version", "created", "once", "source", "filter", "target", "transfer", "unknown"],
    *[field.name for table in (SOURCE, FILTER, TARGET, TRANSFER) for field in table],
]
TABLES = st.sampled_from(["", "source", "filter", "target", "transfer"])
CHANGES = st.lists(st.tuples(TABLES, st.sampled_from(FIELDS), VALUES), min_size=1, max_size=4)
PIECES = st.binary(max_size=4) | st.sampled_from(
    [b'"', b"'", b"\n", b"#", b"[", b"]", b"=", b"{", b'"""', b"\\u", b"\xff", b"\r", b"\0", b"."]
)
SPLICES = st.lists(
    st.tuples(st.integers(0, 800), st.integers(0, 30), PIECES), min_size=1, max_size=6
)


def expect_job_or_error(text: str) -> None:
    """Read a text: it comes back as it was understood, or one line says what is wrong."""
    try:
        job = loads(text, PATH)
    except JobFileError as error:
        expect_clear(error, PATH)
    else:
        assert loads(dumps(job), PATH) == job


def expect_clear(error: JobFileError, path: Path) -> None:
    assert str(path) in str(error)
    for line in (str(error), error.hint or ""):
        assert printable(line) == line
        assert len(line) < 1000
    assert error.hint


@given(changes=CHANGES, text=st.sampled_from([DESIGN, LEAST]))
@example(changes=[("transfer", "patience", float("inf"))], text=LEAST)
@example(
    changes=[("", "created", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9))))], text=LEAST
)
@example(changes=[("filter", "newer", date(1, 1, 1))], text=LEAST)
@example(changes=[("filter", "older", time(1, 1))], text=LEAST)
def test_whatever_value_stands_in_a_field_there_is_a_job_or_one_clear_error(
    changes: list[tuple[str, str, Any]], text: str
) -> None:
    values = tomllib.loads(text)
    for table, field, value in changes:
        place = values.setdefault(table, {}) if table else values
        if isinstance(place, dict):
            place[field] = value

    expect_job_or_error(tomli_w.dumps(values))


@given(splices=SPLICES)
@example(splices=[(0, 0, b"x = " + b"9" * 5000 + b"\n")])
@example(splices=[(0, 0, b"x = 0x" + b"f" * 5000 + b"\n")])
@example(splices=[(0, 9, b"version = 0x" + b"f" * 5000 + b"\n#")])
@example(splices=[(0, 0, b"x = " + b"[" * 20_000 + b"\n")])
@example(splices=[(0, 0, b"x" + b".x" * 2_000 + b" = 1\n")])
def test_whatever_bytes_a_file_holds_there_is_a_job_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, splices: list[tuple[int, int, bytes]]
) -> None:
    data = DESIGN.encode()
    for at, length, piece in splices:
        data = data[:at] + piece + data[at + length :]
    path = tmp_path_factory.getbasetemp() / "x.toml"
    path.write_bytes(data)

    try:
        job = load(path)
    except JobFileError as error:
        expect_clear(error, path)
    else:
        assert loads(dumps(job), path) == job
