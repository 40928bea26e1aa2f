"""Sizes, durations and moments: what is accepted, what is refused, what comes back exactly."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.units import (
    exact_duration,
    exact_moment,
    exact_size,
    format_duration,
    format_moment,
    format_size,
    local_time,
    moment_at,
    parse_duration,
    parse_moment,
    parse_size,
    utc_time,
)

YEARS = 99 * 366 * 86_400  # seconds
ZONES = [UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30))]


# Sizes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("500", 500),
        ("500B", 500),
        ("1K", 1024),
        ("1KiB", 1024),
        ("1kib", 1024),
        ("20kB", 20_000),
        ("20KB", 20_000),
        ("1MiB", 1024**2),
        ("1m", 1024**2),
        ("1.5G", 1536 * 1024**2),
        ("2GB", 2 * 10**9),
        ("1T", 1024**4),
        ("1TB", 10**12),
        ("3PiB", 3 * 1024**5),
        (" 4.0 KiB ", 4096),
        ("0.3K", 307),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_a_size_is_read_with_and_without_a_unit(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "MiB", "1 XB", "-1", "1e6", "1,5G", "0x10", "1_000", "١", "1KiBs", "1.G", "inf"],
)
def test_what_is_no_size_is_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(ValueError, match="accepted: sizes such as 500, 64KiB") as caught:
        parse_size(text)

    assert f"'{text}'" in str(caught.value)


@pytest.mark.parametrize("text", ["8192P", "9223372036854775808", "9" * 20 + "PB"])
def test_a_size_that_no_counter_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="too large; accepted: sizes up to 8 EiB"):
        parse_size(text)


@given(size=st.integers(0, 2**63 - 1) | st.integers(0, 9999).map(lambda n: n * 10**6))
def test_a_setting_means_exactly_its_size(size: int) -> None:
    assert parse_size(exact_size(size)) == size


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0"),
        (1000, "1000"),
        (1024, "1KiB"),
        (1536, "1536"),
        (16 * 1024**2, "16MiB"),
        (20_000_000, "20MB"),
        (3_000_000_000, "3GB"),
        (1024**5, "1PiB"),
    ],
)
def test_a_size_that_is_set_is_short(size: int, text: str) -> None:
    assert exact_size(size) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1023.7, "1.0 KiB"),
        (4096, "4.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (1_288_490_189, "1.2 GiB"),
        (5 * 1024**4, "5.0 TiB"),
        (7 * 1024**5, "7.0 PiB"),
        (8 * 1024**6, "8.0 EiB"),
    ],
)
def test_a_size_is_shown_in_the_unit_that_reads_best(size: float, text: str) -> None:
    assert format_size(size) == text


@given(size=st.integers(0, 2**60))
def test_a_size_that_is_shown_is_right_to_a_twentieth_of_its_unit(size: int) -> None:
    number, unit = format_size(size).split(" ")

    assert abs(float(number) - size / parse_size(f"1{unit}")) <= 0.0501


# Durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("600", 600),
        ("90s", 90),
        ("15m", 900),
        ("15 min", 900),
        ("15MIN", 900),
        ("250MS", 0.25),
        ("1h", 3600),
        ("1.5H", 5400),
        ("7d", 604_800),
        ("2w", 1_209_600),
        ("250ms", 0.25),
        ("1h30m", 5400),
        ("1H30M", 5400),
        (" 1 min 5 s ", 65),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "1y", "1M", "3 M", "-1s", "1h 5", "1 hour", "1mm", "1ſ", "nan"]
)
def test_what_is_no_duration_is_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(ValueError, match="accepted: durations such as 90s") as caught:
        parse_duration(text)

    assert f"'{text}'" in str(caught.value)


@pytest.mark.parametrize("text", ["101w9999999d", "9" * 20])
def test_a_duration_of_more_than_a_hundred_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="accepted: durations up to a hundred years"):
        parse_duration(text)


@given(
    seconds=st.integers(0, YEARS)
    | st.floats(0, YEARS).map(lambda seconds: round(seconds, 6))
    | st.integers(0, 9999).map(lambda n: n * 3600)
)
def test_a_setting_means_exactly_its_duration(seconds: float) -> None:
    assert parse_duration(exact_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.5, "0.5s"), (90, "90s"), (5400, "90m"), (3600, "1h"), (604_800.0, "7d")],
)
def test_a_duration_that_is_set_is_short(seconds: float, text: str) -> None:
    assert exact_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.04, "0.0 s"),
        (0.4, "0.4 s"),
        (0.96, "1 s"),
        (59.6, "1 min"),
        (65, "1 min 5 s"),
        (3600, "1 h"),
        (3725, "1 h 2 min"),
        (3 * 86_400 + 4 * 3600 + 59, "3 d 4 h"),
    ],
)
def test_a_duration_is_shown_in_two_units_at_most(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.fixture
def shanghai() -> Iterator[None]:
    """Let this process live at UTC+8."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system cannot change its time zone for one process")
    before = os.environ.get("TZ")
    os.environ["TZ"] = "CST-8"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


# Moments


def test_a_relative_moment_stays_relative() -> None:
    assert parse_moment("7d") == timedelta(days=7)
    assert parse_moment("1h30m") == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01T08:00:00Z", datetime(2026, 1, 1, 8, tzinfo=UTC)),
        ("2026-01-01 08:00Z", datetime(2026, 1, 1, 8, tzinfo=UTC)),
        (" 2026-01-01T08:00:00+08:00 ", datetime(2026, 1, 1, 0, tzinfo=UTC)),
        ("2026-01-01T08:00:00.500Z", datetime(2026, 1, 1, 8, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_moment_with_a_zone_is_that_moment(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


@pytest.mark.usefixtures("shanghai")
def test_a_date_or_time_without_a_zone_is_local() -> None:
    date, moment = parse_moment("2026-01-01"), parse_moment("2026-01-01T08:00")

    assert date == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert moment == datetime(2026, 1, 1, 0, tzinfo=UTC)
    assert isinstance(date, datetime)
    assert date.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    "text",
    [
        *("", "7", "yesterday", "2026", "20260101", "2026-13-01", "2026-02-30", "2026-1-1"),
        *("7x", "1M", "0000-01-01", "2026-01-01T25:00Z", "2026-01-01Z", "99999w"),
    ],
)
def test_what_is_no_moment_is_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"accepted: 1m \(a minute\), 12h, 7d, 30d \(about a month\),"
    ) as caught:
        parse_moment(text)

    assert f"'{text}'" in str(caught.value)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (timedelta(days=7), "7d"),
        (datetime(2026, 1, 1, 8, tzinfo=UTC), "2026-01-01T08:00:00Z"),
        (
            datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))),
            "2026-01-01T08:00:00+08:00",
        ),
    ],
)
def test_a_moment_is_written_as_it_is_read(moment: datetime | timedelta, text: str) -> None:
    assert exact_moment(moment) == text


@given(
    moment=st.datetimes(timezones=st.sampled_from(ZONES))
    | st.timedeltas(timedelta(0), timedelta(days=36_000))
)
def test_a_moment_that_is_written_means_itself(moment: datetime | timedelta) -> None:
    assert parse_moment(exact_moment(moment)) == moment


def test_utc_time_is_the_same_wherever_it_is_read() -> None:
    assert utc_time(datetime(2026, 1, 2, 3, 4, 5, 678, UTC)) == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (-86_400.0, "1969-12-31T00:00:00Z"),
        (-11_644_473_600.0, "1601-01-01T00:00:00Z"),
        (253_370_764_800.0, "9999-01-01T00:00:00Z"),
    ],
)
def test_a_moment_is_known_however_early_or_late(seconds: float, text: str) -> None:
    moment = moment_at(seconds)

    assert utc_time(moment) == text
    assert local_time(moment)  # of a zone whose clock may not reach so far
    assert format_moment(moment)
