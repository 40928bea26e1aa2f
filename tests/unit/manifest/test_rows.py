"""Records: an entry comes back from its row as it went in."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ossh.manifest import Manifest, NewEntry
from ossh.model import Cause, Failure, ObjectInfo, OwnFile, Proof, Status
from ossh.paths import NameRules, local_path
from ossh.printable import printable

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


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)  # real files
@given(entry=ENTRIES)
def test_every_entry_comes_back_as_it_was(folder: Path, entry: NewEntry) -> None:
    file = folder / "a.sqlite"
    file.unlink(missing_ok=True)
    with Manifest.create(file) as manifest:
        manifest.add([entry])
        found = manifest.entry(entry.info.key)

    assert found is not None
    assert entry.info == ObjectInfo(
        found.key, found.size, found.etag, found.last_modified, found.type, found.storage_class
    )
    assert entry == NewEntry(
        entry.info, found.path, found.status, found.failure, found.own, found.proof
    )
    assert (found.finished is not None) == (found.status in {Status.DONE, Status.SKIPPED})
