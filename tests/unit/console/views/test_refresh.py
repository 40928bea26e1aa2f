from ossh.console.views.refresh import unchanged_lines
from ossh.console.views.text import unpainted
from ossh.transfer.disk.overwrite_rules import LocalState
from tests.unit.console.views.test_preview import sheet


def test_of_an_unchanged_bucket_only_what_is_not_as_it_should_be_is_told() -> None:
    assert list(map(unpainted, unchanged_lines(sheet(("a", 1, LocalState.HERE, "Standard"))))) == [
        "nothing has changed since the last listing"
    ]
    found = sheet(
        ("a", 1, LocalState.NEW, "Archive"),
        ("b", 2, LocalState.CHANGED, "Standard"),
        ("c", 4, LocalState.CONFLICT, "Archive"),
    )
    assert list(map(unpainted, unchanged_lines(found)))[1:] == [
        "still to fetch: 1 object, 2 B",
        "archived: 1 object, 1 B",
        "kept: something else is in the way: 1 object, 4 B",
    ]
