"""Listings: which ranges are open, and when a failed page comes again."""

from ossh.transfer.listings import Listings


def test_a_listing_is_open_until_its_last_range_is_finished() -> None:
    listings = Listings(1)
    listings.begun(1)
    listings.arrived(1, "a", finished=False)
    listings.arrived(1, "b", finished=True)

    assert listings
    listings.arrived(2, "c", finished=True)
    assert not listings


def test_failures_are_counted_in_a_row_for_each_range() -> None:
    listings = Listings(2)

    assert [listings.failed(1), listings.failed(1), listings.failed(2)] == [1, 2, 1]
    listings.arrived(1, "a", finished=False)
    assert listings.failed(1) == 1


def test_a_page_that_leads_no_further_does_not_end_a_row_of_failures() -> None:
    listings = Listings(1)

    for failures in (1, 2, 3):
        listings.arrived(1, "", finished=False)
        assert listings.failed(1) == failures


def test_all_that_wait_can_be_hurried() -> None:
    listings = Listings(2)
    listings.again(1, 20.0)
    listings.again(2, 4.0)

    listings.hurry(5.0)

    assert sorted(listings.due(5.0)) == [1, 2]
    assert listings.due(30.0) == []


def test_a_range_is_due_once_and_not_before_its_moment() -> None:
    listings = Listings(2)
    listings.again(1, 20.0)
    listings.again(2, 10.0)

    assert listings.due(5.0) == []
    assert listings.due(15.0) == [2]
    assert listings.due(30.0) == [1]
    assert listings.due(30.0) == []
