"""What a killed run had finished is taken over, all of it or with the rest left for later."""

import os
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
from ossh.transfer.planning.adoption import Checksums, recover_files
from tests import usual
from tests.usual import MODIFIED
from tests.waiting import DEADLINE_SECONDS


def nobody() -> Signer:
    raise AssertionError


@pytest.mark.fault("F33")
def test_to_be_told_to_stop_between_two_files_does_not_look_like_the_end(
    tmp_path: Path, manifest: Manifest
) -> None:
    (tmp_path / "a").write_bytes(b"")
    os.utime(tmp_path / "a", (MODIFIED.timestamp(),) * 2)
    answers = iter([False])  # and then it is to stop
    files = usual.local_files(tmp_path, lambda: next(answers, True))
    checksums = Checksums(Lister(nobody, Http()), Provider(lambda: None), files)
    manifest.add([NewEntry(ObjectInfo("a", 0, "E1", MODIFIED), "a")])
    manifest.begin_run(MODIFIED, "before")

    with pytest.raises(Interrupted):
        list(recover_files(manifest, checksums, "now"))


def test_to_be_told_to_stop_leaves_calls_behind_that_are_under_way(tmp_path: Path) -> None:
    stopping, answered = Event(), Event()
    files = usual.local_files(tmp_path, stopping.is_set)
    checksums = Checksums(Lister(nobody, Http()), Provider(lambda: None), files)
    found = checksums.each([lambda: answered.wait(DEADLINE_SECONDS)])
    assert next(found) == []  # nothing came for a moment

    stopping.set()

    with pytest.raises(Interrupted):
        next(found)
    assert not answered.is_set()
    answered.set()
