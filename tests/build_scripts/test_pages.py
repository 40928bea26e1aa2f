"""docs/: the parts that the code tells are what it tells now."""

import pages
import pytest

from tests.shell.examples import PARSERS


@pytest.mark.parametrize("name", pages.NAMES)
def test_page_says_what_the_code_says(name: str) -> None:
    now = (pages.DOCS / name).read_text(encoding="utf-8")

    assert now == pages.fresh(name), f"run build_scripts/pages.py: {name} is stale"


def test_every_command_and_subcommand_has_its_section() -> None:
    headings = {line.lstrip("# ") for line in pages.commands() if line.startswith("###")}

    assert headings == set(PARSERS)


def test_an_option_of_several_commands_is_told_once_and_named_by_each() -> None:
    told = "\n".join(pages.commands())

    assert told.count("suffixes: .gz,.csv") == told.count("write JSON, one object per line") == 1
    for command in ("ls", "du", "get", "preview"):
        _, _, section = told.partition(f"\n### {command}\n")
        assert "the [filters](#filter-add)" in section.partition("\n### ")[0]


def test_every_example_is_shown() -> None:
    examples = {example for parser in PARSERS.values() for example in parser.examples}

    assert examples <= set(pages.commands())


def test_what_markdown_would_read_as_its_own_is_shown_as_it_is() -> None:
    told = "\n".join(pages.commands())

    assert "ALIBABA\\_CLOUD\\_\\*" in told
    assert "- `--sort key|objects|size`: sort order (size)" in told
