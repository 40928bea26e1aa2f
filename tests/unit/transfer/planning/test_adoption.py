"""What a killed run had finished is taken over, all of it or with the rest left for later."""

import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from ossh.manifest import Manifest, NewEntry
from ossh.model import ObjectInfo
from ossh.network import Http
from ossh.store.credentials import Provider
from ossh.store.listing import Lister
from ossh.store.signer import Signer
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.tree import Tree
from ossh.transfer.planning.adoption import Checksums, recover_files
from tests.waiting import DEADLINE_SECONDS

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def nobody() -> Signer:
    raise AssertionError


@pytest.mark.fault("F33")
def test_to_be_told_to_stop_between_two_files_does_not_look_like_the_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    os.utime(tmp_path / "a", (MODIFIED.timestamp(),) * 2)
    answers = iter([False])  # and then it is to stop
    files = LocalFiles(Tree(str(tmp_path)), Policy(), lambda: next(answers, True))
    checksums = Checksums(Lister(nobody, Http()), Provider(lambda: None), files)
    with Manifest.create(tmp_path / "job.sqlite") as manifest:
        manifest.add([NewEntry(ObjectInfo("a", 0, "E1", MODIFIED), "a")])
        manifest.begin_run(MODIFIED, "before")

        with pytest.raises(Interrupted):
            list(recover_files(manifest, checksums, "now"))


def test_to_be_told_to_stop_leaves_calls_behind_that_are_under_way(tmp_path: Path) -> None:
    stopping, answered = Event(), Event()
    files = LocalFiles(Tree(str(tmp_path)), Policy(), stopping.is_set)
    checksums = Checksums(Lister(nobody, Http()), Provider(lambda: None), files)
    found = checksums.each([lambda: answered.wait(DEADLINE_SECONDS)])
    assert next(found) == []  # nothing came for a moment

    stopping.set()

    with pytest.raises(Interrupted):
        next(found)
    assert not answered.is_set()
    answered.set()
