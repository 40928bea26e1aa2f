"""Listings: which ranges are open, and when a failed page comes again."""

from ossh.backoff import Backoff
from ossh.model import Cause, Counts
from ossh.transfer.scheduling.attempts import Attempts
from ossh.transfer.scheduling.listings import FIRST_TRIES, THAW_CHECK, TRIES, Listings
from ossh.transfer.scheduling.outcomes import Outcomes
from ossh.transfer.scheduling.run_state import RunState
from ossh.transfer.scheduling.window import Window
from ossh.transfer.watching import Summary
from tests.unit.transfer.rig import failure


def listings_of(count: int) -> tuple[Listings, RunState]:
    """Return so many ranges of a run, and its state."""
    window, outcomes = Window(), Outcomes(Counts(), Summary(), 0.0, str)
    state = RunState(4, links_last=False)
    return Listings(count, Attempts(state, window, outcomes, Backoff(1.0, 8.0), 3)), state


def test_failures_are_counted_in_a_row_for_each_range() -> None:
    listings, state = listings_of(2)
    state.service.served(0.0)

    def rests(listing: int) -> float | None:
        return listings.retry_at(listing, failure(Cause.RESET), 0.0)

    assert [rests(1), rests(1), rests(2)] == [1, 2, 1]
    listings.arrived(1, "a", finished=False)
    assert rests(1) == 1


def test_pages_that_alone_are_refused_are_counted_for_each_range() -> None:
    listings, state = listings_of(2)

    def is_waited_for(listing: int) -> bool:
        state.service.served(0.0)
        return listings.retry_at(listing, failure(Cause.CLOCK), 0.0) is not None

    assert all(map(is_waited_for, [1] * (TRIES - 1) + [2]))
    assert not is_waited_for(1)


def test_what_is_asked_for_after_a_pause_rests_as_after_a_first_failure() -> None:
    listings, _ = listings_of(1)

    assert listings.retry_at(1, failure(Cause.THROTTLED, 5.0), 2.0) == 2.0 + 5.0 + 1.0


def test_what_concerns_the_whole_run_stops_it_though_only_a_look_failed() -> None:
    listings, state = listings_of(0)

    assert listings.retry_at(THAW_CHECK, failure(Cause.NO_BUCKET), 0.0) is None
    assert state.stopped == failure(Cause.NO_BUCKET)


def test_a_page_that_leads_no_further_does_not_end_a_row_of_failures() -> None:
    listings, state = listings_of(1)

    for _ in range(FIRST_TRIES):
        listings.failed(1, failure(Cause.RESET), 0.0)
        listings.arrived(1, "", finished=False)

    assert state.stopped == failure(Cause.RESET)
    assert listings.due(30.0) == []


def test_a_range_is_due_once_and_not_before_its_moment() -> None:
    listings, _ = listings_of(2)
    listings.failed(1, failure(Cause.RESET), 10.0)
    listings.failed(2, failure(Cause.RESET), 0.0)

    assert listings.due(0.5) == []
    assert listings.due(1.5) == [2]
    assert listings.due(30.0) == [1]
    assert listings.due(30.0) == []


def test_all_that_wait_can_be_hurried() -> None:
    listings, _ = listings_of(2)
    listings.failed(1, failure(Cause.RESET), 20.0)
    listings.failed(2, failure(Cause.RESET), 4.0)

    listings.hurry(4.0)

    assert sorted(listings.due(4.0)) == [1, 2]
    assert listings.due(30.0) == []
