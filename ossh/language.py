"""The language ossh speaks: English, or Simplified Chinese.

Messages are in the code in English, marked as gettext does, and are looked up when they are
shown, so that a change of language is seen at once. What programs read (JSON, tab-separated lines,
CSV, job files, logs) is never looked up.

A message is a whole sentence with named fields: `_("cannot list '{key}'").format(key=key)`. Data
only ever fills a field, it never becomes part of what is looked up.
"""

import gettext
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self, TypeVar

T = TypeVar("T")

AUTO = "auto"
"""The language of the environment."""

ENGLISH, CHINESE = "en", "zh"

_FOLDER = Path(__file__).parent / "locale"
_SYSTEM_CHINESE = 0x04  # the primary language in a LANGID of Windows

_spoken = gettext.NullTranslations()
_name = ENGLISH


def _(message: str) -> str:
    """Return a message in the language that is spoken."""
    return _spoken.gettext(message) if message else ""  # gettext keeps its header under ""


def n_(one: str, many: str, number: int) -> str:
    """Return the message that fits a number, in the language that is spoken, filled with it."""
    return _spoken.ngettext(one, many, number).format(number=number)


def pgettext(context: str, message: str) -> str:
    """Return a message that another program words; unchanged if it has no translation."""
    return _spoken.pgettext(context, message)


def npgettext(context: str, one: str, many: str, number: int) -> str:
    """Return the message of another program that fits a number."""
    return _spoken.npgettext(context, one, many, number)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a message that is looked up where it is shown; return it as it is."""
    return message


class Words(str):
    """Text that programs read in English, and people in the language that is spoken.

    What fills the fields of its template may be such text too.
    """

    __slots__ = ("_fields", "_template")

    def __new__(cls, template: str, **fields: object) -> Self:
        words = super().__new__(cls, template.format(**fields))
        words._template, words._fields = template, fields
        return words

    _template: str
    _fields: Mapping[str, object]

    def __getnewargs_ex__(self) -> tuple[tuple[str, ...], dict[str, object]]:
        """Return what a copy is made of, in another process too."""
        return (self._template,), dict(self._fields)

    def said(self) -> str:
        return _(self._template).format(**{name: said(one) for name, one in self._fields.items()})


class Told(Words):
    """A value that programs read exactly, and people as it reads best in any language."""

    __slots__ = ()

    def __new__(cls, exact: str, shown: str) -> Self:
        return super().__new__(cls, "{exact}", exact=exact, shown=shown)

    def __getnewargs_ex__(self) -> tuple[tuple[str, ...], dict[str, object]]:
        return (str(self), self.said()), {}

    def said(self) -> str:
        return str(self._fields["shown"])


def joined(separator: str, texts: Iterable[str]) -> Words:
    """Return texts in a row, as text that is looked up piece by piece."""
    fields = {f"text{number}": text for number, text in enumerate(texts)}
    row = "{separator}".join(f"{{{name}}}" for name in fields)
    return Words(row, separator=Words(separator), **fields)


def said(value: T) -> T | str:
    """Return a value as people read it; all but `Words` is as it is."""
    return value.said() if isinstance(value, Words) else value


def spoken() -> str:
    """Return the language that is spoken: "en" or "zh"."""
    return _name


def speak(language: str, environ: Mapping[str, str]) -> None:
    """Speak a language from now on: "en", "zh", or for "auto" that of the environment."""
    global _spoken, _name  # noqa: PLW0603 - as gettext.install: one process speaks one language
    _name = wanted(environ) if language == AUTO else language
    catalogs = ["zh_CN"] if _name == CHINESE else []  # English needs none
    _spoken = gettext.translation("ossh", _FOLDER, catalogs, fallback=True)


def wanted(environ: Mapping[str, str]) -> str:
    """Return the language that the environment asks for: "en" or "zh".

    LC_ALL, LC_MESSAGES and LANG name a locale, in this order; where one does, LANGUAGE may list
    languages that are liked better. Where none does, Windows knows what its user reads.

    Source: https://www.gnu.org/software/gettext/manual/html_node/Users.html
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environ[name] for name in names if environ.get(name)), "")
    if not locale:
        return _of_windows()
    if locale.partition(".")[0] in {"C", "POSIX"}:
        return ENGLISH
    for liked in [*environ.get("LANGUAGE", "").split(":"), locale]:
        code = liked.lower().replace("-", "_").partition("_")[0].partition(".")[0]
        if code in {ENGLISH, CHINESE}:
            return code
    return ENGLISH


def _of_windows() -> str:
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - other systems have no use for it

        if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == _SYSTEM_CHINESE:
            return CHINESE
    return ENGLISH
