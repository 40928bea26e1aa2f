import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ossh.console.views.records import json_line, tab_separated


def test_tab_separated_fields_keep_their_number() -> None:
    assert tab_separated(["a\tb", "c"]) == "a\\tb\tc"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_json_line_reads_back_exactly_and_drives_nothing(text: str, ascii_only: bool) -> None:  # noqa: FBT001
    line = json_line({"key": text}, ascii_only=ascii_only)

    assert json.loads(line) == {"key": text}
    assert line.isprintable()
    assert line.isascii() or not ascii_only


def test_json_line_writes_moments_in_utc() -> None:
    line = json_line({"last_modified": datetime(2026, 1, 1, tzinfo=UTC)})

    assert line == '{"last_modified": "2026-01-01T00:00:00Z"}'
