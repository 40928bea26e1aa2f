from datetime import UTC, datetime

import pytest

from ossh.console.views.failures import CAUSES, FAILURES, entry_facts, entry_record
from ossh.console.views.text import unpainted
from ossh.language import said
from ossh.model import Cause, Entry, Failure, Proof, Status
from ossh.session.jobs.job_facts import CauseReport

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def test_an_object_that_is_gone_has_a_cause_though_no_request_failed() -> None:
    gone = Entry(1, "k", "k", 1, "E", WHEN, status=Status.GONE)

    assert entry_record(gone)["cause"] == "gone"
    assert list(map(unpainted, FAILURES.table([gone])))


def test_a_failure_is_shown_with_its_request() -> None:
    failure = Failure(Cause.DENIED, "AccessDenied", "access denied", "REQ")
    entry = Entry(1, "k", "p", 1, "E", WHEN, status=Status.FAILED, attempts=1, failure=failure)

    assert list(FAILURES.tabs([entry])) == ["denied\tAccessDenied\t1\tREQ\taccess denied\tp\tk"]


def _in_the_way(key: str, why: str) -> Entry:
    failure = Failure(Cause.LOCAL_CONFLICT, "local conflict", why)
    return Entry(1, key, key, 1, "E", WHEN, status=Status.FAILED, failure=failure)


def test_a_terminal_shows_why_each_object_failed_and_no_empty_column() -> None:
    entry = _in_the_way("readme.txt", "there is a folder in its place")

    assert list(map(unpainted, FAILURES.table([entry], width=80))) == [
        "cause           tries  reason                          key",
        "local-conflict      0  there is a folder in its place  readme.txt",
    ]


def test_on_a_narrow_terminal_all_of_a_reason_is_shown() -> None:
    why = "the local file differs from the object, and ossh did not write it"
    shown = list(map(unpainted, FAILURES.table([_in_the_way("a", why)], width=60)))

    assert shown[2:] == [
        "a",
        "  local-conflict  0",
        "  the local file differs from the object, and ossh did not",
        "  write it",
    ]


def _lines(report: CauseReport) -> list[str]:
    assert CAUSES.lines is not None
    return list(map(unpainted, CAUSES.lines(report, 120)))


def test_what_was_said_of_a_cause_is_counted_below_what_it_means() -> None:
    said = (("there is a folder in its place", 2), ("the local file is read-only", 1))
    report = CauseReport(Cause.LOCAL_CONFLICT, 3, "something stands there", "", (), said)

    assert _lines(report) == [
        "local-conflict: 3 objects",
        "  something stands there",
        "  2 there is a folder in its place",
        "  1 the local file is read-only",
    ]


def test_causes_are_explained_with_what_to_do_and_what_to_quote() -> None:
    report = CauseReport(Cause.DENIED, 1200, "it refuses", "ask for the right", ("5C3D", "6A\x1b"))

    assert _lines(report) == [
        "denied: 1,200 objects",
        "  it refuses",
        "  to do: ask for the right",
        "  for support: request 5C3D, 6A\\x1b",
    ]


@pytest.mark.usefixtures("in_chinese")
def test_how_an_object_was_verified_is_said_in_the_language_that_is_spoken() -> None:
    entry = Entry(1, "k", "p", 1, "E", WHEN, status=Status.DONE, proof=Proof.LENGTH)

    shown = entry_facts(entry)["proof"]

    assert (shown, said(shown)) == ("length", "仅长度")
