"""How a bucket is filled, for people as rows with bars, for programs as fields or JSON. Pure."""

from ossh.catalog import Branch, Prefix, Total, name_of
from ossh.language import _
from ossh.shell.drawing import bar
from ossh.shell.forms import Item, object_record
from ossh.shell.text import Cell, Column, Form, Tone
from ossh.units import format_size

BRANCHES: Form[Branch] = Form(
    columns=(Column("size", right=True), Column("name")),
    cells=lambda branch: (_size(branch.item), name_of(branch.item)),
    fields=lambda branch: (_size(branch.item), name_of(branch.item)),
    record=lambda branch: {**object_record(branch.item), "depth": len(branch.is_last)},
)


def _size(item: Item) -> str:
    return "-" if isinstance(item, Prefix) else str(item.size)


def total_form(whole: Total, *, by_objects: bool, bar_width: int, ascii_only: bool) -> Form[Total]:
    """Return size, bar, number of objects and prefix of each total, beside that of all.

    Args:
        whole: What bars compare with; people see it as "total".
        by_objects: Whether bars compare numbers of objects, and not bytes.
        bar_width: Of the longest bar, in characters.
        ascii_only: Draw bars that any console can show.
    """

    def shown(one: Total) -> str:
        part, of = (one.objects, whole.objects) if by_objects else (one.size, whole.size)
        return "" if one is whole else bar(part, of, bar_width, ascii_only=ascii_only)

    def name(one: Total) -> Cell:
        if one is whole:
            return Cell(_("total"), Tone.DIM)
        tone = Tone.PLAIN if one.is_direct else Tone.PREFIX
        return Cell(one.name.removeprefix(whole.prefix), tone)

    return Form(
        columns=(
            Column("size", right=True),
            Column(""),
            Column("objects", right=True),
            Column("prefix"),
        ),
        cells=lambda one: (
            format_size(one.size),
            Cell(shown(one), Tone.GOOD),
            f"{one.objects:,}",
            name(one),
        ),
        fields=lambda one: (str(one.size), str(one.objects), one.name),
        record=lambda one: {
            "prefix": one.prefix,
            "objects": one.objects,
            "size": one.size,
            **({"direct": True} if one.is_direct else {}),
        },
    )
