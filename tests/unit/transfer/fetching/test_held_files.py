"""Objects whose files another program has open: tried again now and then, and not for ever."""

import pytest

from ossh import patient
from ossh.model import Cause
from ossh.patient import InUseError
from ossh.transfer.disk.disk_errors import CorruptError
from ossh.transfer.fetching.held_files import HeldFiles
from ossh.transfer.messages import Done, Failed, Fetch, Reply, Returned
from tests.unit.transfer.rig import entry, failure

TASK = Fetch(entry(1))


class Object:
    """One that gets its name once nobody has its file open."""

    def __init__(self) -> None:
        self.is_open = True
        self.tries = 0

    def finish(self) -> Reply:
        self.tries += 1
        if self.is_open:
            raise InUseError
        return Done(TASK)

    def give_up(self, error: OSError | CorruptError | None) -> Reply:
        return Returned(TASK) if error is None else Failed(TASK, failure(Cause.IN_USE))


@pytest.fixture
def one() -> Object:
    return Object()


@pytest.fixture
def posted() -> list[Reply]:
    return []


@pytest.fixture
def held(one: Object, posted: list[Reply]) -> HeldFiles:
    """Give what holds one object."""
    made = HeldFiles(posted.append)
    made.finish(one.finish, one.give_up)
    return made


def test_between_two_tries_others_have_their_turn(
    one: Object, posted: list[Reply], held: HeldFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "PAUSE_SECONDS", 60.0)

    for _turn in range(3):
        held.try_again()

    assert (one.tries, posted) == (2, [])


def test_who_lets_go_is_noticed_and_what_is_done_is_forgotten(
    one: Object, posted: list[Reply], held: HeldFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "PAUSE_SECONDS", 0.0)
    held.try_again()
    one.is_open = False

    for _turn in range(3):
        held.try_again()
    held.hand_back()

    assert (one.tries, posted) == (3, [Done(TASK)])


def test_a_file_that_stays_open_is_told_once(
    posted: list[Reply], held: HeldFiles, one: Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "BODY_SECONDS", 0.0)
    monkeypatch.setattr(patient, "PAUSE_SECONDS", 0.0)
    held.hand_back()
    held.finish(one.finish, one.give_up)

    for _turn in range(3):
        held.try_again()

    assert posted == [Returned(TASK), Failed(TASK, failure(Cause.IN_USE))]
