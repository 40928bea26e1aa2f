import pytest

from ossh.fsspec.levels import Remembered, folder


def test_the_oldest_go_when_there_are_too_many() -> None:
    known = Remembered(max_paths=3)
    for path in ("a", "b", "c", "a", "d"):
        known[path] = [folder(path)]

    assert list(known) == ["c", "a", "d"]
    assert (len(known), known.get("b")) == (3, None)


def test_each_is_remembered_for_a_while_since_it_was_last_set() -> None:
    now = 0.0
    known = Remembered(listings_expiry_time=60, clock=lambda: now)
    known["a"] = known["b"] = []
    now = 40.0
    known["a"] = [folder("a/x")]
    now = 61.0

    assert known["a"] == [folder("a/x")]
    assert "b" not in known
    assert list(known) == ["a"]


def test_without_a_time_it_lasts_and_what_is_forgotten_is_gone() -> None:
    now = 0.0
    known = Remembered(clock=lambda: now)
    known["a"] = known["b"] = []
    now = 1e9
    del known["a"]

    assert list(known) == ["b"]
    known.clear()
    with pytest.raises(KeyError):
        known["b"]


def test_what_is_forgotten_all_at_once_is_gone_however_old_it_is() -> None:
    now = 0.0
    known = Remembered(listings_expiry_time=60, clock=lambda: now)
    known["a"] = []
    now = 40.0
    known["b"] = known["c"] = [folder("x")]
    now = 61.0

    assert known.pop("a", None) is None
    assert known.pop("b") == [folder("x")]
    assert known.pop("b", None) is None
    known["a"] = []
    now = 110.0
    known["b"] = []
    now = 122.0
    known.clear()
    assert len(known) == 0


def test_nothing_is_remembered_where_nothing_should_be() -> None:
    known = Remembered(use_listings_cache=False)
    known["a"] = []

    assert "a" not in known
