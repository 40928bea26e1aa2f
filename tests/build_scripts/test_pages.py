"""docs/: the parts that the code tells are what it tells now, the manual page among them."""

import re
import shutil
import subprocess
from pathlib import Path

import environment
import pages
import pytest

from tests.shell.examples import PARSERS

MANUAL = pages.DOCS / pages.MANUAL


@pytest.mark.parametrize("name", pages.NAMES)
def test_page_says_what_the_code_says(name: str) -> None:
    now = (pages.DOCS / name).read_text(encoding="utf-8")

    assert now == pages.fresh(name), f"run build_scripts/pages.py: {name} is stale"


def test_every_command_and_subcommand_has_its_section() -> None:
    headings = {line.lstrip("# ") for line in pages.commands() if line.startswith("###")}

    assert headings == set(PARSERS)


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff here to read it")
def test_groff_reads_the_manual_without_a_warning() -> None:
    command = ["groff", "-man", "-ww", "-Tutf8", str(MANUAL)]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "oss://my-bucket/logs/" in done.stdout


def test_every_fault_has_a_test_that_provokes_it_and_every_mark_names_one() -> None:
    paths = Path(__file__).parents[1].rglob("test_*.py")
    texts = (path.read_text(encoding="utf-8") for path in paths)
    marks = {mark for text in texts for mark in re.findall(r"\bmark\.fault\((.*?)\)", text)}

    assert marks == {f'"{row}"' for row in told_faults()}


@pytest.mark.parametrize(
    ("page", "words"),
    [("README.md", r"(\d+) kinds of fault"), ("README.zh-CN.md", r"(\d+) 类故障")],
)
def test_readme_counts_the_faults_that_are_provoked(page: str, words: str) -> None:
    text = (environment.ROOT / page).read_text(encoding="utf-8")

    assert re.findall(words, text) == [str(len(told_faults()))]


def told_faults() -> set[str]:
    """Return the numbers of the faults that reliability.md tells of."""
    return {one[1] for line in pages.faults() if (one := re.match(r"- \*\*(\w+)\*\* ", line))}
