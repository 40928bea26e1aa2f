"""Patience: what another program has open gets its turn when it is closed, and else is named."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest

from ossh import patient
from ossh.patient import InUseError
from tests.holding import ACCESS_DENIED, Hold, denied
from tests.waiting import DEADLINE_SECONDS

LOCK_VIOLATION = 33


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("old")
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "draft"
    path.write_text("new")
    return path


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient, "OWN_SECONDS", 0.2)


@pytest.fixture
def very_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient, "OWN_SECONDS", DEADLINE_SECONDS)


@pytest.mark.fault("F37")
@pytest.mark.usefixtures("very_patient")
@pytest.mark.parametrize("held", ["file", "draft"])
def test_a_file_is_replaced_as_soon_as_another_program_lets_go(
    hold: Hold, old: Path, new: Path, held: str
) -> None:
    hold(old.with_name(held))
    letting_go = Timer(0.3, hold.release)
    letting_go.start()

    patient.replace(new, old)
    letting_go.join()

    assert old.read_text() == "new"
    assert not new.exists()


@pytest.mark.fault("F37")
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("held", ["file", "draft"])
def test_who_does_not_let_go_keeps_the_file_and_it_is_named(
    hold: Hold, old: Path, new: Path, held: str
) -> None:
    hold(old.with_name(held))

    with pytest.raises(InUseError, match="another program has it open") as caught:
        patient.replace(new, old)

    assert caught.value.filename == str(old)
    assert caught.value.errno == errno.EBUSY
    assert (old.read_text(), new.read_text()) == ("old", "new")


@pytest.mark.usefixtures("very_patient")
def test_a_file_is_removed_as_soon_as_another_program_lets_go(hold: Hold, old: Path) -> None:
    hold(old)
    letting_go = Timer(0.3, hold.release)
    letting_go.start()

    patient.unlink(old)
    letting_go.join()

    assert not old.exists()


@pytest.mark.usefixtures("impatient")
def test_a_file_that_stays_open_is_not_removed_and_named(hold: Hold, old: Path) -> None:
    hold(old)

    with pytest.raises(InUseError, match="another program has it open") as caught:
        patient.unlink(old)

    assert caught.value.filename == str(old)
    assert old.exists()


@pytest.mark.usefixtures("very_patient")
def test_what_is_of_no_more_use_is_not_waited_for(hold: Hold, old: Path) -> None:
    hold(old)

    patient.discard(old)

    assert hold.refused <= 1  # whoever waits tries again and again; Windows counts none
    assert old.exists()


def test_what_is_not_there_needs_no_removal(tmp_path: Path) -> None:
    patient.unlink(tmp_path / "none")
    patient.discard(tmp_path / "none")


@pytest.mark.parametrize("remove", [patient.unlink, patient.discard])
def test_a_read_only_file_is_removed_as_on_other_systems(
    hold: Hold, old: Path, remove: Callable[[Path], None]
) -> None:
    del hold  # whose rules hold on every system
    old.chmod(stat.S_IREAD)

    remove(old)

    assert not old.exists()


def test_a_read_only_file_is_replaced_as_on_other_systems(hold: Hold, old: Path, new: Path) -> None:
    del hold
    old.chmod(stat.S_IREAD)

    patient.replace(new, old)

    assert old.read_text() == "new"


@pytest.mark.usefixtures("impatient")
def test_a_read_only_file_that_cannot_be_replaced_stays_read_only(
    hold: Hold, old: Path, new: Path
) -> None:
    old.chmod(stat.S_IREAD)
    hold(old)

    with pytest.raises(InUseError):
        patient.replace(new, old)

    assert not old.stat().st_mode & stat.S_IWRITE


def test_a_folder_is_told_at_once(hold: Hold, new: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match="folder") as caught:
        patient.replace(new, tmp_path / "folder")

    assert not isinstance(caught.value, InUseError)
    assert not hold.refused


# The rules, with the errors that systems raise


class Refusing:
    """A call that a system refuses, and how often it was made."""

    def __init__(self, error: OSError) -> None:
        self.calls = 0
        self._error = error

    def __call__(self, *_paths: str, **_folders: object) -> None:
        self.calls += 1
        raise self._error


def test_what_is_denied_on_other_systems_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, old: Path, new: Path
) -> None:
    refusing = Refusing(denied(old))
    monkeypatch.setattr(os, "replace", refusing)

    with pytest.raises(PermissionError):
        patient.replace(new, old)

    assert refusing.calls == 1


@pytest.mark.usefixtures("impatient")
def test_a_locked_file_is_waited_for(monkeypatch: pytest.MonkeyPatch, old: Path, new: Path) -> None:
    refusing = Refusing(denied(old, LOCK_VIOLATION))
    monkeypatch.setattr(os, "replace", refusing)

    with pytest.raises(InUseError):
        patient.replace(new, old)

    assert refusing.calls > 1


@pytest.mark.usefixtures("impatient")
def test_a_free_name_that_is_denied_may_be_the_folders_doing(
    monkeypatch: pytest.MonkeyPatch, new: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "replace", Refusing(denied(new, ACCESS_DENIED)))

    with pytest.raises(InUseError) as caught:
        patient.replace(new, tmp_path / "free")

    assert caught.value.errno == errno.EACCES
    assert caught.value.filename == str(new)


def test_waiting_ends_with_what_ends_it(hold: Hold, old: Path, new: Path) -> None:
    hold(old)

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        patient.retried(lambda: patient.replace_now(new, old), interrupt, 60.0)
