"""What `filter` shows, and how many objects the filters let pass. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ossh.catalog import Prefix
from ossh.console.views.table import Cell, Column, Form
from ossh.console.views.text import Tone, count, listed
from ossh.language import _, said
from ossh.model import ObjectInfo
from ossh.selection import Matcher
from ossh.units import format_size

Listed = TypeVar("Listed", Prefix | ObjectInfo, ObjectInfo)

RULES: Form[tuple[int, str]] = Form(
    columns=(Column("", right=True), Column("")),
    cells=lambda rule: (Cell(str(rule[0]), Tone.DIM), said(rule[1])),
    record=lambda rule: {"number": rule[0], "rule": rule[1]},
)


@dataclass(slots=True)
class FilterCount:
    """What a listing has shown so far, and how many objects its filters have hidden."""

    prefixes: int = 0
    objects: int = 0
    size: int = 0  # bytes
    hidden: int = 0  # objects the filters left out
    archived: int = 0  # of the objects, those that cannot be read before they are restored

    def passing(self, items: Iterable[Listed], matches: Matcher) -> Iterator[Listed]:
        """Yield the prefixes, and the objects that match; count them and the others."""
        for item in items:
            if isinstance(item, Prefix):
                self.prefixes += 1
            elif matches(item):
                self.objects += 1
                self.size += item.size
                self.archived += item.is_frozen
            else:
                self.hidden += 1
                continue
            yield item

    def counts(self) -> str:
        """Return what has been shown so far."""
        parts = [count(self.prefixes, "prefix", "prefixes")] if self.prefixes else []
        parts += [count(self.objects, "object"), format_size(self.size)]
        if self.archived:
            parts.append(_("{number:,} archived").format(number=self.archived))
        return listed(*parts)

    def sentence(self) -> str:
        said = self.counts()
        if self.hidden:
            said += _("; filters hide {number:,} (--all shows them)").format(number=self.hidden)
        return said
