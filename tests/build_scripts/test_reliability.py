"""docs/reliability.md: it says what the tests say, and every fault has one that provokes it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import reliability

ROWS = [*(f"F{number}" for number in range(1, 62) if number != 38), "F22b"]


@pytest.fixture(scope="module")
def proofs() -> Sequence[reliability.Proof]:
    """Give what all tests say, which takes a second to read."""
    return reliability.proofs()


def test_every_fault_is_told_once() -> None:
    told = [row.name for rows in reliability.groups().values() for row in rows]

    assert sorted(told) == sorted(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_every_fault_has_a_test_that_provokes_it(
    row: str, proofs: Sequence[reliability.Proof]
) -> None:
    assert [proof for proof in proofs if proof.row == row]


def test_marks_of_functions_parameters_classes_and_modules_are_found(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        'pytestmark = [pytest.mark.fault("F1")]\n'
        '@pytest.mark.fault("F2")\n'
        '@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.fault("F3"))])\n'
        "def test_all_is_well(x): ...\n"
        "def helper(): ...\n"
        '@pytest.mark.fault("F4")\n'
        "class TestMore:\n"
        '    @pytest.mark.fault("F5")\n'
        "    def test_all_is_well(self): ...\n"
    )

    found = reliability.proofs(tmp_path)

    assert [proof.row for proof in found] == ["F1", "F2", "F3", "F1", "F4", "F5"]
    assert {proof.sentence for proof in found} == {"all is well"}


@pytest.mark.parametrize("mark", ["fault(ROW)", "fault()", 'fault("F1", "F2")', "fault(row=1)"])
def test_mark_that_does_not_name_one_row_is_refused(tmp_path: Path, mark: str) -> None:
    text = f"import pytest\n@pytest.mark.{mark}\ndef test_it(): ...\n"
    (tmp_path / "test_some.py").write_text(text)

    with pytest.raises(reliability.UnusableError, match=r"^test_some.py:2: a mark names one row"):
        reliability.proofs(tmp_path)


def test_row_that_there_is_not_is_refused() -> None:
    found = [reliability.Proof("F99", "tests/test_some.py", "all is well")]

    with pytest.raises(reliability.UnusableError, match="there is no row 'F99'"):
        list(reliability.lists(found))
