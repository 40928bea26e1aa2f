"""docs/commands.md: it says what the shell's own help says."""

import commands
import pytest

from tests.shell.examples import PARSERS


@pytest.fixture(scope="module")
def page() -> str:
    """Give the page as it is made now."""
    return commands.render()


def test_page_is_made_from_the_parsers_as_they_are(page: str) -> None:
    assert commands.PAGE.read_text(encoding="utf-8") == page, "run build_scripts/commands.py"


def test_every_command_and_subcommand_has_its_section(page: str) -> None:
    headings = {line.lstrip("# ") for line in page.splitlines() if line.startswith("###")}

    assert headings == set(PARSERS)


def test_every_example_is_shown(page: str) -> None:
    lines = set(page.splitlines())

    assert {example for parser in PARSERS.values() for example in parser.examples} <= lines


def test_what_markdown_would_read_as_its_own_is_shown_as_it_is(page: str) -> None:
    assert "ALIBABA\\_CLOUD\\_\\*" in page
    assert "| `--sort key\\|objects\\|size` | order (size) |" in page
