"""Variables and files, as a session sees them."""

from pathlib import Path

import pytest

from ossh.errors import UsageError
from ossh.store.credentials import Environment


def test_a_variable_has_no_spaces_around_it() -> None:
    outside = Environment({"NAME": " value\n"}, Path())

    assert (outside.variable("NAME"), outside.variable("OTHER")) == ("value", "")


@pytest.mark.parametrize(
    ("value", "is_on"), [("true", True), ("1", True), ("TRUE", True), ("0", False), ("", False)]
)
def test_a_switch_is_on_in_several_ways(value: str, is_on: bool) -> None:  # noqa: FBT001
    assert Environment({"SWITCH": value}, Path()).switch("SWITCH") is is_on


def test_a_path_may_begin_at_home(tmp_path: Path) -> None:
    outside = Environment({}, tmp_path)

    assert outside.path("~/a/b") == tmp_path / "a" / "b"
    assert outside.path("/a/b") == Path("/a/b")


def test_files_that_are_not_there_have_no_profiles(tmp_path: Path) -> None:
    outside = Environment({}, tmp_path)

    assert outside.ossutil() == {}
    assert outside.aliyun() == ("", {})
    with pytest.raises(UsageError, match="OSS_CONFIG_FILE names"):
        Environment({"OSS_CONFIG_FILE": "~/none"}, tmp_path).ossutil()
