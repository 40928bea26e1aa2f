"""Variables and files, as a session sees them."""

from pathlib import Path

import pytest

from ossh.store.credentials import Environment


@pytest.mark.parametrize(
    ("value", "is_on"), [("true", True), ("1", True), ("TRUE", True), ("0", False), ("", False)]
)
def test_a_switch_is_on_in_several_ways(value: str, is_on: bool) -> None:  # noqa: FBT001
    assert Environment({"SWITCH": value}, Path()).switch("SWITCH") is is_on
