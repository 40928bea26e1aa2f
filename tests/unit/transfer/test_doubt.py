"""After a start of the machine: when files are in doubt, and what proves them again."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import fastcrc
import pytest

from ossh.manifest import Manifest, NewEntry, Outcome, RunRecord
from ossh.model import ObjectInfo, Status
from ossh.transfer import doubt, proof

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATA = b"twelve bytes"

pytestmark = pytest.mark.fault("F32")


def runs(*told: tuple[str, str]) -> list[RunRecord]:
    """Return runs by (outcome, start of the machine), the oldest first."""
    return [
        RunRecord(row, MODIFIED, MODIFIED if outcome else None, outcome, {}, 0, 0, boot)
        for row, (outcome, boot) in enumerate(told, start=1)
    ]


def test_a_job_that_never_ran_has_nothing_to_doubt() -> None:
    assert not doubt.is_doubtful([], "now")


@pytest.mark.parametrize("outcome", ["", "stopped", "error", "failed", "done"])
def test_what_an_earlier_start_of_the_machine_left_is_in_doubt(outcome: str) -> None:
    assert doubt.is_doubtful(runs((outcome, "before")), "now")
    assert not doubt.is_doubtful(runs((outcome, "now")), "now")


@pytest.mark.parametrize("outcome", ["", "stopped", "error"])
def test_a_run_that_came_to_no_end_takes_no_doubt_away(outcome: str) -> None:
    assert doubt.is_doubtful(runs(("", "before"), (outcome, "now")), "now")


@pytest.mark.parametrize("outcome", ["failed", "done"])
def test_a_run_that_came_to_its_end_takes_all_doubt_away(outcome: str) -> None:
    assert not doubt.is_doubtful(runs(("", "before"), (outcome, "now"), ("", "now")), "now")


@dataclass
class Downloaded:
    """A manifest of finished objects, and their files."""

    manifest: Manifest
    target: Path

    def wrong(self, is_stopping: Callable[[], bool] = lambda: False) -> list[str]:
        """Return the keys that must be fetched again."""
        found = doubt.prove_last(self.manifest, str(self.target), is_stopping)
        return [one[0].key for one in found if one is not None]


@pytest.fixture
def downloaded(tmp_path: Path) -> Downloaded:
    manifest = Manifest.create(tmp_path / "job.sqlite")
    infos = [ObjectInfo(key, len(DATA), "E1", MODIFIED) for key in ("a", "b")]
    manifest.add([NewEntry(info, info.key) for info in infos])
    crc, finished = fastcrc.crc64.xz(DATA), MODIFIED.timestamp()
    manifest.record([Outcome(row, Status.DONE, 1, crc64=crc, finished=finished) for row in (1, 2)])
    for info in infos:
        put(tmp_path / info.key, DATA)
    return Downloaded(manifest, tmp_path)


def put(path: Path, data: bytes, age: float = 0.0) -> None:
    path.write_bytes(data)
    os.utime(path, (MODIFIED.timestamp() - age,) * 2)


def test_a_file_that_lost_its_bytes_is_found_whatever_its_date_says(
    downloaded: Downloaded,
) -> None:
    put(downloaded.target / "b", bytes(len(DATA)))

    assert downloaded.wrong() == ["b"]


def test_a_file_that_is_another_one_by_now_is_left_to_the_run(downloaded: Downloaded) -> None:
    put(downloaded.target / "a", b"mine", age=-60)
    (downloaded.target / "b").unlink()

    assert downloaded.wrong() == []


def test_proving_ends_when_the_run_is_told_to_stop(downloaded: Downloaded) -> None:
    put(downloaded.target / "a", bytes(len(DATA)))
    put(downloaded.target / "b", bytes(len(DATA)))
    looks = iter([False, False, True])

    assert downloaded.wrong(lambda: next(looks)) == ["a"]


def test_a_large_file_is_proved_piece_by_piece(
    downloaded: Downloaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "SLICE", 5)
    put(downloaded.target / "b", b"twelve bites")

    assert downloaded.wrong() == ["b"]
