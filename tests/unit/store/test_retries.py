import pytest

from ossh.errors import StoreError
from ossh.model import Cause, Failure
from ossh.store.retries import with_retries

RESET = Failure(Cause.RESET, "connection lost", "connection lost")
EXPIRED = Failure(Cause.EXPIRED, "SecurityTokenExpired", "expired")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that were made, none of which takes any time."""
    made: list[float] = []
    monkeypatch.setattr("ossh.store.retries.time.sleep", made.append)
    return made


def test_what_fails_in_passing_is_asked_for_again_after_longer_and_longer_pauses(
    pauses: list[float],
) -> None:
    answers: list[Failure | str] = [RESET, EXPIRED, RESET, EXPIRED, "yes"]

    assert with_retries(lambda: answers.pop(0), "ask", mend=lambda _why: True) == "yes"
    assert pauses == sorted(pauses)
    assert len(pauses) == 2  # none for whoever has other credentials


@pytest.mark.parametrize(
    ("failure", "requests"),
    [
        (RESET, 3),
        (Failure(Cause.DENIED, "AccessDenied", "access denied"), 1),
        (EXPIRED, 4),  # three times there were other credentials
    ],
)
def test_whoever_waits_at_the_prompt_waits_for_so_many_requests_and_no_more(
    failure: Failure, requests: int
) -> None:
    sent: list[Failure] = []

    def ask() -> Failure:
        sent.append(failure)
        return failure

    with pytest.raises(StoreError):
        with_retries(ask, "ask", mend=lambda _why: True)

    assert len(sent) == requests


def test_what_keeps_failing_and_what_is_refused_are_errors_with_a_hint() -> None:
    denied = Failure(Cause.DENIED, "AccessDenied", "access denied", "REQ1")

    with pytest.raises(StoreError, match="cannot ask: connection lost"):
        with_retries(lambda: RESET, "ask")
    with pytest.raises(StoreError, match="expired"):
        with_retries(lambda: EXPIRED, "ask")
    with pytest.raises(StoreError, match="denied \\(request REQ1\\)") as caught:
        with_retries(lambda: denied, "ask", hints={Cause.DENIED: "knock"})

    assert caught.value.hint == "knock"
