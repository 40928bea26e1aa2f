"""Records: an entry comes back from its row as it went in, and what no ossh wrote is refused."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ossh.manifest import Manifest, NewEntry, RunRecord
from ossh.manifest.rows import (
    ENTRY_COLUMNS,
    BadRowError,
    checked,
    entry_of,
    files_of,
    part_of,
    path_of,
    run_of,
    signed,
)
from ossh.model import Cause, Entry, Failure, ObjectInfo, OwnFile, Part, Proof, Status
from ossh.paths import NameRules, local_path
from ossh.printable import printable
from ossh.units import moment_at
from tests.unit.manifest.examples import there

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = TEXT.map(printable)  # as all that is told of a failure
RULES = NameRules.native(sys.platform)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
INFOS = st.builds(
    ObjectInfo,
    key=TEXT.filter(bool),
    size=st.integers(0, 2**63 - 1),
    etag=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
    last_modified=MOMENTS,
    type=TEXT,
    storage_class=TEXT,
    version_id=TEXT,
)
CRC64S = st.integers(0, 2**64 - 1)
OWN_FILES = st.builds(
    OwnFile, st.integers(0, 2**63 - 1), st.integers(-(2**63), 2**63 - 1), crc64=CRC64S
)
OWN_LINKS = st.builds(OwnFile, st.just(0), st.just(0), CRC64S, is_link=st.just(value=True))
FAILURES = st.builds(
    Failure, cause=st.sampled_from(Cause), code=PLAIN, message=PLAIN, request_id=PLAIN
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


ENTRIES = st.builds(
    NewEntry,
    info=INFOS,
    path=TEXT.filter(bool).map(lambda key: local_path(key, "", RULES)),
    status=st.sampled_from(Status),
    failure=st.none() | FAILURES,
    own=st.none() | OWN_FILES | OWN_LINKS,
    proof=st.none() | st.sampled_from(Proof),
)


# The columns of an entry whose path is left out, and of one that has all there is.
PLAIN_ROW = (7, "l/k", None, 0, "E1", 0.25, None, None, "pending", 0, *[None] * 10)
FULL_ROW = (
    *(8, "l/../k", ".%2E/k", 10, "E2", 90, "Symlink", "IA", "failed", 3),
    *("denied", "AccessDenied", "no right", "5C3D", "crc64", -1, 60.5, "v1", 0, 5),
)


def changed(row: tuple[Any, ...], **values: object) -> tuple[Any, ...]:
    return tuple((dict(zip(ENTRY_COLUMNS.split(", "), row, strict=True)) | values).values())


def test_each_column_of_a_row_is_read_as_what_it_says() -> None:
    assert entry_of(PLAIN_ROW, "l/") == Entry(7, "l/k", "k", 0, "E1", moment_at(0.25))
    assert entry_of(FULL_ROW, "l/", (Part(0, 5, 1),)) == Entry(
        row=8,
        key="l/../k",
        path=".%2E/k",
        size=10,
        etag="E2",
        last_modified=moment_at(90),
        type="Symlink",
        storage_class="IA",
        status=Status.FAILED,
        attempts=3,
        failure=Failure(Cause.DENIED, "AccessDenied", "no right", "5C3D"),
        own=OwnFile(0, 5, 2**64 - 1),
        proof=Proof.CRC64,
        finished=moment_at(60.5),
        version_id="v1",
        parts=(Part(0, 5, 1),),
    )
    assert entry_of(changed(PLAIN_ROW, cause="denied"), "").failure == Failure(Cause.DENIED, "", "")


@pytest.mark.fault("F42")
@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("key", b"l/k", "a value of another type"),
        ("path", 5, "a value of another type"),
        ("size", 1.0, "a value of another type"),
        ("etag", None, "a value of another type"),
        ("last_modified", "1970", "a value of another type"),
        ("type", 1, "a value of another type"),
        ("storage_class", 1, "a value of another type"),
        ("attempts", "0", "a value of another type"),
        ("version_id", 1, "a value of another type"),
        ("local_size", "10", "a value of another type"),
        ("local_modified", None, "a value of another type"),
        ("crc64", 1.0, "a value of another type"),
        ("error_code", 403, "'entries': 403 is of another type"),
        ("error_message", b"", "b'' is of another type"),
        ("request_id", 1, "1 is of another type"),
        ("key", "m/k", "a key that lacks the common prefix"),
        ("path", "../k", "'../k' is not a path below the target"),
        ("size", -1, "an invalid size or ETag"),
        ("etag", "\u00e9", "an invalid size or ETag"),
        ("etag", "\n", "an invalid size or ETag"),
        ("local_size", -1, "a value of another type"),
        ("last_modified", 1e12, "date value out of range"),
        ("last_modified", -62104060801, "a date outside the calendar"),
        ("last_modified", 253370764800, "a date outside the calendar"),
        ("finished", 253370764800, "a date outside the calendar"),
        ("status", "running", "'running'"),
        ("cause", "bad luck", "'bad luck' is not a valid Cause"),
        ("cause", None, "None is not a valid Cause"),  # and yet a code
        ("proof", "promise", "'promise' is not a valid Proof"),
    ],
)
def test_an_entry_that_no_ossh_wrote_is_refused_and_named(
    column: str, value: object, reason: str
) -> None:
    row = changed(FULL_ROW, **{"key": "l/k", "path": None, column: value})

    with pytest.raises(BadRowError) as caught:
        entry_of(row, "l/")

    assert str(caught.value).startswith("row 8 of 'entries': ")
    assert str(caught.value).endswith(reason)


@pytest.mark.fault("F42")
@pytest.mark.parametrize(
    "columns", [("key", "etag", "path"), ("error_code", "error_message", "request_id")]
)
def test_the_texts_of_an_entry_that_would_fill_the_memory_are_refused(
    columns: tuple[str, ...],
) -> None:
    lengths = (65536 - 30, 10, 20)
    texts = {name: "k" * length for name, length in zip(columns, lengths, strict=True)}

    assert entry_of(changed(FULL_ROW, **texts), "").row == 8
    for name, text in texts.items():
        with pytest.raises(BadRowError, match="its texts are too long"):
            entry_of(changed(FULL_ROW, **{**texts, name: text + "k"}), "")


@pytest.mark.fault("F42")
def test_a_key_of_all_the_room_there_is_needs_no_path() -> None:
    row = changed(PLAIN_ROW, key="k" * 65534)

    assert entry_of(row, "").path == "k" * 65534


@pytest.mark.fault("F42")
def test_a_date_of_the_first_and_of_the_last_year_of_all_clocks_is_one() -> None:
    for seconds in (-62104060800, 253370764799):
        assert entry_of(changed(PLAIN_ROW, last_modified=seconds), "").last_modified == moment_at(
            seconds
        )


def test_a_path_is_what_this_disk_takes_for_one() -> None:
    assert path_of("l/a/b", None, "l/") == "a/b"
    if sys.platform == "win32":
        with pytest.raises(BadRowError):
            path_of("k", "a:b", "")
    else:
        assert path_of("k", "a:b", "") == "a:b"


def test_files_and_parts_and_runs_are_read_from_their_rows() -> None:
    files = [(1, "l/k", None, 10, 5, 90.5), (2, "l/m", "n", 0, None, 90)]
    run = (3, 1, 2.5, "\x1b", 4, 5, "boot", *range(6))

    assert files_of(files, "l/") == [(1, "l/k", "k", 10, 5, 90.5), (2, "l/m", "n", 0, None, 90)]
    assert part_of((0, 1, "0")) == Part(0, 1, 0)
    assert part_of((5, 10, f"{2**64 - 1}")) == Part(5, 15, 2**64 - 1)
    objects = dict(zip(Status, range(6), strict=True))
    assert run_of(run) == RunRecord(3, moment_at(1), moment_at(2.5), r"\x1b", objects, 4, 5, "boot")
    assert run_of((3, 1, *[None] * 4, "boot", *[None] * 6)) == RunRecord(
        3, moment_at(1), None, "", dict.fromkeys(Status, 0), 0, 0, "boot"
    )


def test_a_crc64_has_room_in_a_number_with_a_sign() -> None:
    numbers = [0, 2**63 - 1, 2**63, 2**64 - 1]

    kept = [signed(number) for number in numbers]

    assert kept == [0, 2**63 - 1, -(2**63), -1]
    owned = [entry_of(changed(FULL_ROW, crc64=one), "").own for one in kept]
    assert [one and one.crc64 for one in owned] == numbers


@pytest.mark.fault("F42")
@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (lambda: files_of([(1, "k", None, 10.5, 5, 90)], ""), "'entries': a value of another type"),
        (lambda: files_of([(1, "k", None, 10, 5, 90)], "l/"), "a key that lacks the common prefix"),
        (lambda: path_of("k", 5, ""), "5 is not a path below the target"),
        (lambda: path_of("k", "/k", ""), "'/k' is not a path below the target"),
        (lambda: part_of((-1, 5, "1")), "'parts': an invalid part"),
        (lambda: part_of((0, 0, "1")), "'parts': an invalid part"),
        (lambda: part_of((0, 5, "-1")), "'parts': an invalid part"),
        (lambda: part_of((0, 5, f"{2**64}")), "'parts': an invalid part"),
        (lambda: part_of((0, 5, 1)), "'parts': 1 is of another type"),
        (lambda: run_of((3, "1", *[None] * 4, "", *[None] * 6)), "'runs': '1' is of another type"),
        (
            lambda: run_of((3, 1, *[None] * 4, "", *[None] * 5, 0.5)),
            "'runs': 0.5 is of another type",
        ),
        (lambda: run_of((3, 1e300, *[None] * 4, "", *[None] * 6)), "row 3 of 'runs': "),
        (lambda: checked("counts", (1,), int, int), "'counts': "),
    ],
)
def test_other_rows_that_no_ossh_wrote_are_refused_and_named(
    read: Callable[[], object], reason: str
) -> None:
    with pytest.raises(BadRowError) as caught:
        read()

    assert str(caught.value).startswith(reason)


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)  # real files
@given(entry=ENTRIES)
def test_every_entry_comes_back_as_it_was(folder: Path, entry: NewEntry) -> None:
    file = folder / "a.sqlite"
    file.unlink(missing_ok=True)
    with Manifest.create(file) as manifest:
        manifest.add([entry])
        found = there(manifest, entry.info.key)

    assert entry.info == found.info
    assert entry == NewEntry(
        entry.info, found.path, found.status, found.failure, found.own, found.proof
    )
    assert (found.finished is not None) == (found.status in {Status.DONE, Status.SKIPPED})
