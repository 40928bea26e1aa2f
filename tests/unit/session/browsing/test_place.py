import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.errors import UsageError
from ossh.session import Place, parse_address, resolve
from ossh.session.browsing.place import resolve_all

HERE = Place("b", "logs/2026/")


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("", "logs/2026/"),
        ("01/", "logs/2026/01/"),
        ("01", "logs/2026/01"),
        ("..", "logs/"),
        ("../", "logs/"),
        ("../2025/", "logs/2025/"),
        ("../..", ""),
        ("../../../..", ""),
        (".", "logs/2026/"),
        ("./a/./b", "logs/2026/a/b"),
        ("/", ""),
        ("/photos/", "photos/"),
        ("/..", ""),
        ("a//b", "logs/2026/a//b"),
    ],
)
def test_names_walk_as_in_a_file_shell(text: str, prefix: str) -> None:
    assert resolve(HERE, text) == Place("b", prefix)


@pytest.mark.parametrize(
    ("text", "prefix"), [("", "logs/2026-0"), ("x", "logs/x"), ("..", "logs/")]
)
def test_names_at_a_prefix_within_a_name_are_relative_to_its_folder(text: str, prefix: str) -> None:
    assert resolve(Place("b", "logs/2026-0"), text) == Place("b", prefix)


@given(st.text(min_size=1))
def test_an_address_is_taken_literally(key: str) -> None:
    assert resolve(HERE, f"oss://other/{key}") == Place("other", key)
    assert parse_address(Place("other", key).address) == Place("other", key)


@pytest.mark.parametrize("text", ["logs/", "http://x", "oss:///key"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_address(text)


def test_without_a_bucket_a_name_means_nothing() -> None:
    with pytest.raises(UsageError, match="no bucket is chosen"):
        resolve(Place(), "logs/")


@pytest.mark.parametrize("last", [".", "./", "..", "../", "../..", "/", ""])
def test_behind_another_name_the_place_here_or_one_above_is_refused(last: str) -> None:
    shown = last or "''"

    with pytest.raises(UsageError, match="after other names would be all of oss://b/") as raised:
        resolve_all(HERE, ["a", last])

    assert raised.value.hint == f"if it is where the download goes: --to {shown}"
    assert resolve_all(HERE, [last]) == [resolve(HERE, last)]


@pytest.mark.parametrize(
    "last", ["./a", "../2025/", "/logs/", "...", "oss://b/", "oss://b/logs/2026/"]
)
def test_behind_another_name_other_places_are_places(last: str) -> None:
    assert resolve_all(HERE, ["a", last]) == [Place("b", "logs/2026/a"), resolve(HERE, last)]


def test_a_place_is_shown_without_what_could_drive_a_terminal() -> None:
    assert Place("b", "a\x1b[31m").shown == "oss://b/a\\x1b[31m"


@given(st.lists(st.sampled_from(["..", ".", "a", "b c", "日"])))
def test_walking_never_leaves_the_bucket(segments: list[str]) -> None:
    place = resolve(HERE, "/".join(segments))

    assert place.bucket == "b"
    assert not place.prefix.startswith("..")


def test_a_place_is_in_the_folders_above_it() -> None:
    others = [Place("b", "logs/2026"), Place("b", "photos/"), Place("c"), Place()]

    assert all(map(HERE.is_in, [Place("b"), Place("b", "logs/"), HERE]))
    assert not any(map(HERE.is_in, others))
