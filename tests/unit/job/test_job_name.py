"""Names of jobs: what is a file's name everywhere, and what is made of a prefix."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.errors import UsageError
from ossh.job import default_name, natural_sort_key
from ossh.job.job_name import check_name


@pytest.mark.parametrize("name", ["logs-2026", "my job", "a.b_c", "日志", "x" * 60])
def test_ordinary_names_are_accepted(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "../x", "a/b", "a\\b", "C:x", ".hidden", "x.", " x", "x ", "-x", "~x", "a*", "a\nb", "\x1b",
        "CON", "nul.txt", "com1", "LPT²", "x" * 61, "a\u202eb", "..", "logs.toml", "it's", "$x",
        "a;b", "a&b", "a`b", "100%", "no!",
    ],
)  # fmt: skip
def test_what_is_no_name_on_some_system_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a job name") as caught:
        check_name(name)

    assert caught.value.hint is not None
    assert caught.value.hint.startswith("accepted: letters")


def test_names_are_sorted_as_people_count() -> None:
    names = ["web-10", "web-10b", "web", "2026-10", "2026-9", "web-2"]

    assert sorted(names, key=natural_sort_key) == [
        "2026-9", "2026-10", "web", "web-2", "web-10", "web-10b",
    ]  # fmt: skip


@given(st.sets(st.text(), max_size=4))
def test_any_names_can_be_sorted_and_none_counts_as_another(names: set[str]) -> None:
    assert len({natural_sort_key(name) for name in names}) == len(
        sorted(names, key=natural_sort_key)
    )


def test_a_name_that_is_refused_is_shown_as_a_terminal_may() -> None:
    with pytest.raises(UsageError) as caught:
        check_name("a\x1b")

    assert str(caught.value) == r"'a\x1b' cannot be a job name"


def test_a_job_of_nameless_things_is_a_job() -> None:
    assert default_name("..", "con") == "job"


def test_no_job_is_called_as_its_file_would_be() -> None:
    assert default_name("etc/conf.toml") == "etc-conf"
    assert default_name("a.toml.toml/") == "a"
    assert default_name(".toml", "bucket") == "toml"


def test_a_job_needs_a_name() -> None:
    with pytest.raises(UsageError, match="a job needs a name"):
        check_name("")


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("logs/2026/", "logs-2026"),
        ("", "my-bucket"),
        ("///", "my-bucket"),
        ("con/", "my-bucket"),
        ("照片/夏 天/", "照片-夏-天"),
        ("a" * 100 + "/end", "a" * 56 + "-end"),
        ("../.x", "x"),
    ],
)
def test_a_name_is_made_of_the_prefix_or_the_bucket(prefix: str, name: str) -> None:
    assert default_name(prefix, "my-bucket") == name


def test_the_first_text_that_gives_a_name_is_taken() -> None:
    assert default_name("cold data", "archive/", "my-bucket") == "cold-data"
    assert default_name("..", "archive/", "my-bucket") == "archive"


def test_a_long_name_leaves_room_for_what_is_added() -> None:
    name = default_name("a" * 100, "my-bucket", suffix="-3-of-16")

    assert len(check_name(f"{name}-3-of-16")) == 60


@settings(deadline=None)
@given(prefix=st.text(), bucket=st.text())
def test_whatever_is_made_is_accepted(prefix: str, bucket: str) -> None:
    assert check_name(default_name(prefix, bucket))
