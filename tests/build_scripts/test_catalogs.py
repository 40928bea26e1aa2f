"""The translations are complete, and nothing that people read is left out of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import catalogs
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

from ossh.command_line.first_word import OF_THE_PROMPT

# What a person sees is raised, or handed to one of these; so it must be looked up there.
ERRORS = frozenset(
    {
        "CompletionError",
        "JobFileError",
        "JobLockedError",
        "LocalError",
        "ManifestError",
        "OsshError",
        "StoreError",
        "UnreadableError",
        "UsageError",
    }
)
TALK = frozenset({"ask", "note", "show_error", "warn"})
# Words that stay as they are in every language: commands, options, names of the service.
UNTRANSLATED = frozenset(
    {
        "alias",
        "cat KEY --version-id ID",
        "get KEY --version-id ID",
        "macro",
        "worker {address} {reason}",
    }
)


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    return catalogs.read()


def test_every_message_is_translated_and_none_is_left_fuzzy(chinese: Catalog) -> None:
    assert [one.id for one in catalogs.missing(chinese)] == []
    english = {one.id for one in chinese if one.id and one.id == one.string}
    assert english - UNTRANSLATED == {one for one in english if "http" in one}


def test_translations_have_the_fields_of_their_messages(chinese: Catalog) -> None:
    for one in chinese:
        if "python-brace-format" in one.flags:
            for text in _texts(one.string):
                assert _fields(text) == _fields(_texts(one.id)[-1]), one.id


def test_translations_keep_commands_options_and_edges(chinese: Catalog) -> None:
    for one in filter(lambda message: message.id, chinese):
        for english, text in zip(_texts(one.id)[-1:], _texts(one.string), strict=True):
            assert _options(text) == _options(english)
            assert english.count("\n") == text.count("\n"), english


def test_compiled_catalog_is_that_of_the_translations(chinese: Catalog) -> None:
    with catalogs.MO.open("rb") as file:
        compiled = read_mo(file)

    assert _translations(compiled) == _translations(chinese)


def test_catalog_is_written_as_the_script_writes_it_from_the_messages_of_the_code() -> None:
    how = "run build_scripts/catalogs.py, then translate in ossh.po"
    assert catalogs.PO.read_bytes() == catalogs.po_text(catalogs.updated()), how


def test_a_message_that_is_counted_now_is_to_be_translated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = catalogs.read()
    counted = next(one.id for one in known if one.pluralizable)
    known.delete(counted[0])
    known.add(counted[0], "\N{CJK UNIFIED IDEOGRAPH-4E00}")
    monkeypatch.setattr(catalogs, "PO", tmp_path / "ossh.po")
    catalogs.PO.write_bytes(catalogs.po_text(known))

    assert [one.id for one in catalogs.missing(catalogs.updated())] == [counted]


def test_no_error_and_no_remark_is_plain_english() -> None:
    plain = [
        f"{path.relative_to(catalogs.ROOT)}:{node.lineno}"
        for path in sorted(catalogs.PACKAGE.rglob("*.py"))
        if catalogs.FOREIGN not in path.parents
        for node in _plain(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert plain == [], "wrap them: _('...') or Words('...')"


def _plain(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what is said without being looked up: text with at least two words in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ERRORS or (name in TALK and isinstance(node.func, ast.Attribute)):
                yield from (one for one in node.args[:1] if _says(one))


def _says(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return bool(re.search(r"[a-z]{2,} [a-z]", text))
        case ast.JoinedStr(values=values):
            return any(_says(one) for one in values)
        case ast.IfExp(body=body, orelse=other):
            return _says(body) or _says(other)
        case _:
            return False


def _translations(catalog: Catalog) -> dict[str, list[str]]:
    return {_texts(one.id)[0]: _texts(one.string) for one in catalog if one.id}


def _options(text: str) -> list[str]:
    return sorted(re.findall(r"--[a-z][\w-]+", text))


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (tuple, list)) else [str(value)]


def _fields(text: str) -> set[tuple[str, str, str]]:
    return {
        (name, form or "", conversion or "")
        for _text, name, form, conversion in Formatter().parse(text)
        if name is not None
    }


def test_no_message_says_of_a_command_of_the_prompt_that_it_is_one(chinese: Catalog) -> None:
    """A verb adds that to such a command where it shows the message."""
    quoted = re.compile(rf"'(?:{'|'.join(OF_THE_PROMPT)})\b[^']*'")
    texts = [text for message in chinese for text in _texts(message.id)]

    assert [text for text in texts if quoted.search(text) and "prompt" in text] == []
