"""Charges that the network may be to blame for: held, let stand, or taken back."""

from ossh.model import Cause
from ossh.transfer.scheduling.item import Item
from ossh.transfer.scheduling.suspected_outage import MAX_OUTAGES, SuspectedOutage
from tests.unit.transfer.rig import PART_SIZE, entry, failure


def charged(charges: SuspectedOutage, row: int, cause: Cause = Cause.RESET, times: int = 1) -> Item:
    """Return an item that was charged so many times."""
    item = Item(entry(row), PART_SIZE)
    for _ in range(times):
        item.attempts += 1
        charges.charged(item, failure(cause), sent=row)
    return item


def test_charges_for_lost_connections_are_taken_back_once() -> None:
    charges = SuspectedOutage()
    first, second = charged(charges, 1, times=3), charged(charges, 2)

    assert list(charges.take_back(3)) == [(first, True), (second, False)]
    assert (first.attempts, second.attempts, first.outages) == (0, 0, 1)
    assert list(charges.take_back(3)) == []


def test_what_the_service_itself_refused_stays_charged() -> None:
    charges = SuspectedOutage()
    item = charged(charges, 1, Cause.SERVER)

    assert list(charges.take_back(3)) == []
    assert item.attempts == 1


def test_charges_stand_once_what_was_sent_later_is_answered() -> None:
    charges = SuspectedOutage()
    charged(charges, 1)
    later = charged(charges, 2)

    charges.answered(2)

    assert [item for item, _ in charges.take_back(3)] == [later]


def test_an_answer_to_what_was_sent_before_proves_nothing() -> None:
    charges = SuspectedOutage()
    item = charged(charges, 5)

    charges.answered(5)

    assert [item for item, _ in charges.take_back(3)] == [item]


def test_a_charge_is_as_young_as_the_last_of_its_object() -> None:
    charges = SuspectedOutage()
    first, second = charged(charges, 1), charged(charges, 2)
    charges.charged(first, failure(Cause.RESET), sent=3)

    charges.answered(3)

    assert [item for item, _ in charges.take_back(3)] == [first]
    assert second.attempts == 1


def test_an_object_that_is_loaded_again_is_acquitted_as_what_it_is_now() -> None:
    charges = SuspectedOutage()
    charged(charges, 1)
    again = Item(entry(1), PART_SIZE)
    again.attempts = 1

    charges.loaded(again)

    assert [item for item, _ in charges.take_back(3)] == [again]


def test_an_object_may_blame_the_network_so_often_only() -> None:
    charges = SuspectedOutage()
    item = Item(entry(1), PART_SIZE)
    item.outages = MAX_OUTAGES

    charges.charged(item, failure(Cause.RESET), sent=1)

    assert list(charges.take_back(3)) == []


def test_only_who_was_answered_by_something_else_casts_a_doubt_on_the_way() -> None:
    charges = SuspectedOutage()
    charged(charges, 1)
    assert not charges.are_blocked

    charged(charges, 2, Cause.BLOCKED)
    assert charges.are_blocked
    charges.answered(3)

    assert not charges.are_blocked
    assert list(charges.take_back(3)) == []
