import signal
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ossh.commands.interrupts import (
    BACKGROUND,
    CONTINUE,
    STOP,
    ask_how_to_go_on,
    end_from_outside,
    stopped_by_ctrl_c,
    stops_gently,
)
from ossh.console.console import Console, Withdrawn


class Shell:
    """Answers questions from a list; an exception in it is raised."""

    def __init__(self, *answers: str | BaseException) -> None:
        self.answers = list(answers)
        self.remarks: list[str] = []

    def read(self, _question: str) -> str:
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def remark(self, text: str) -> None:
        self.remarks.append(text)


class Stoppable:
    def __init__(self) -> None:
        self.stops = 0

    def stop(self) -> None:
        self.stops += 1


def console() -> Console:
    """Return as much of a console as Ctrl-C needs, with no run of its own."""
    made: Any = SimpleNamespace(session=SimpleNamespace(run=None), stop_drawn=None)
    return cast("Console", made)


@pytest.mark.parametrize(
    ("answer", "choice"),
    [
        ("s", STOP),
        (" Stop ", STOP),
        ("b", BACKGROUND),
        ("background", BACKGROUND),
        ("c", CONTINUE),
        ("continue", CONTINUE),
        ("", CONTINUE),
        (KeyboardInterrupt(), STOP),
        (EOFError(), STOP),
        (Withdrawn(), CONTINUE),
    ],
)
def test_each_answer_means_one_thing(answer: str | BaseException, choice: str) -> None:
    assert ask_how_to_go_on(cast("Console", Shell(answer))) == choice


def test_whoever_answers_something_else_is_told_what_counts_and_asked_again() -> None:
    shell = Shell("jobs", "b")

    assert ask_how_to_go_on(cast("Console", shell)) == BACKGROUND
    assert shell.remarks == ["please answer s, b or c, not 'jobs'; Enter alone means c"]


def test_the_first_ctrl_c_stops_what_is_drawn_and_the_second_ends_the_command() -> None:
    drawn, one = Stoppable(), console()

    with stopped_by_ctrl_c(one, drawn.stop):
        is_handled = [stops_gently(one), stops_gently(one)]

    assert is_handled == [True, False]
    assert drawn.stops == 1


def test_where_a_person_can_choose_ctrl_c_leaves_it_to_the_question() -> None:
    drawn, one = Stoppable(), console()

    with stopped_by_ctrl_c(one, drawn.stop, may_ask=True):
        assert not stops_gently(one)

    assert drawn.stops == 0


def test_what_an_error_leaves_unseen_is_stopped() -> None:
    drawn = Stoppable()

    with pytest.raises(KeyboardInterrupt), stopped_by_ctrl_c(console(), drawn.stop):
        raise KeyboardInterrupt

    assert drawn.stops == 1


def test_what_ends_the_process_from_outside_parks_what_runs_and_ends_the_shell() -> None:
    runs, run = SimpleNamespace(alive=("one", "two"), parked=()), Stoppable()
    runs.park = lambda chosen: setattr(runs, "parked", chosen)
    session: Any = SimpleNamespace(run=run, runs=runs)
    number, told = signal.SIGTERM, threading.Event()
    before = signal.signal(number, lambda *_: told.set())

    outside = threading.Thread(target=end_from_outside, args=(session, number, 0.0))
    outside.start()
    outside.join()

    signal.signal(number, before)
    assert told.is_set()
    assert (run.stops, runs.parked) == (1, ("one", "two"))


def test_what_ends_the_process_from_outside_lets_the_main_thread_end_first() -> None:
    runs = SimpleNamespace(alive=(), park=lambda _chosen: None)
    session: Any = SimpleNamespace(run=None, runs=runs)
    before = signal.signal(signal.SIGTERM, lambda *_: None)

    outside = threading.Thread(
        target=end_from_outside, args=(session, signal.SIGTERM, 600.0), daemon=True
    )
    outside.start()
    outside.join(0.2)

    signal.signal(signal.SIGTERM, before)
    assert outside.is_alive()
