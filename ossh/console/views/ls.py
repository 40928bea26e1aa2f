"""What `ls`, `tree`, `du`, `buckets` and `filter` show, of versions and deletions too. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from ossh.catalog.catalog import Deleted, Prefix, name_of
from ossh.catalog.tree import Branch, Total
from ossh.console.views.charts import meter
from ossh.console.views.table import Cell, Column, Form, attributes
from ossh.console.views.text import Tone, count, listed, paint
from ossh.language import _, said
from ossh.model import ARCHIVE_CLASSES, SYMLINK, BucketInfo, ObjectInfo, ObjectVersion
from ossh.printable import printable
from ossh.selection import Matcher
from ossh.units import format_moment, format_size, local_time, utc_time

Item = Prefix | ObjectInfo

# For a level above that ends here, one that goes on, the last item of a level, and any other.
_LINES = ("   ", "│  ", "└─ ", "├─ ")

_OBJECT_FACTS = attributes("key", "size", "etag", "last_modified", "storage_class", "type")


def object_record(item: Item) -> dict[str, Any]:
    if isinstance(item, Prefix):
        return {"prefix": item.prefix}
    thaw = {"thaw": str(item.thaw)} if item.storage_class in ARCHIVE_CLASSES else {}
    version = {"version_id": item.version_id} if item.version_id else {}
    return _OBJECT_FACTS(item) | thaw | version


def short_form(base: str) -> Form[Item]:
    """Return names only."""
    return Form(
        columns=(Column("", lambda item: name_cell(item, base)),),
        fields=lambda item: (name_of(item),),
        record=object_record,
    )


def long_form(base: str, *, human: bool) -> Form[Item]:
    """Return size, time, class and name; sizes for people when `human`."""
    size: Callable[[int], str] = format_size if human else str
    return Form(
        columns=(
            Column("size", lambda item: _facts(item, size, local_time, " ")[0], right=True),
            Column("modified", lambda item: _facts(item, size, local_time, " ")[1]),
            Column("class", lambda item: _facts(item, size, local_time, " ")[2]),
            Column("name", lambda item: name_cell(item, base)),
        ),
        fields=lambda item: (*_facts(item, size, utc_time, "+"), name_of(item)),
        record=object_record,
    )


def _facts(
    item: Item, size: Callable[[int], str], moment: Callable[[datetime], str], joint: str
) -> tuple[str, str, str]:
    """Return size, time and class; `joint` separates the class from how far it is thawed."""
    if isinstance(item, Prefix):
        return ("-", "-", "-")
    kind = SYMLINK if item.is_symlink else item.storage_class
    kind += f"{joint}{item.thaw}" if item.thaw else ""
    return (size(item.size), moment(item.last_modified), kind)


def name_cell(item: Item, base: str) -> Cell:
    """Return an item's name without `base`, the prefix that is listed."""
    name = name_of(item)
    shown = name.removeprefix(base) or name
    return Cell(shown, Tone.PREFIX if isinstance(item, Prefix) else Tone.PLAIN)


BUCKETS: Form[BucketInfo] = Form(
    columns=(
        Column("created", lambda bucket: local_time(bucket.created)),
        Column("region", lambda bucket: bucket.region),
        Column("bucket", lambda bucket: Cell(bucket.name, Tone.PREFIX)),
    ),
    record=attributes("name", "region", "endpoint", "created"),
    fields=("created", "region", "name"),
)

BRANCHES: Form[Branch] = Form(
    fields=lambda branch: (_facts(branch.item, str, utc_time, "+")[0], name_of(branch.item)),
    record=lambda branch: {**object_record(branch.item), "depth": len(branch.is_last)},
)


def tree_line(branch: Branch) -> str:
    """Return a line of a tree: its branch, its name within its level, and an object's size."""
    *above, is_last = branch.is_last
    stem = "".join(_LINES[not ended] for ended in above) + _LINES[3 - is_last]
    name = name_of(branch.item)
    name = printable(name[name.rfind("/", 0, -1) + 1 :])  # without the levels above
    if isinstance(branch.item, Prefix):
        return paint(stem, Tone.DIM) + paint(name, Tone.PREFIX)
    return paint(stem, Tone.DIM) + name + paint(f"  {format_size(branch.item.size)}", Tone.DIM)


def total_form(whole: Total, *, by_objects: bool, human: bool, width: int) -> Form[Total]:
    """Return size, bar, number of objects and prefix of each total, beside that of all.

    Bars compare bytes, or numbers of objects, with those of the whole. Programs get bytes, unless
    `human` is set.
    """
    longest = max(5, min(20, (width - 30) // 2))  # what numbers and names leave to bars

    def bar(one: Total) -> Cell:
        part, of = (one.objects, whole.objects) if by_objects else (one.size, whole.size)
        share = part / of if of and one is not whole else 0
        return Cell(meter(share, longest), Tone.GOOD)

    def name(one: Total) -> Cell:
        if one is whole:
            return Cell(_("total"), Tone.DIM)
        tone = Tone.PLAIN if one.is_direct else Tone.PREFIX
        return Cell(one.name.removeprefix(whole.prefix), tone)

    return Form(
        columns=(
            Column("size", lambda one: format_size(one.size), right=True),
            Column("", bar),
            Column("objects", lambda one: f"{one.objects:,}", right=True),
            Column("prefix", name),
        ),
        fields=lambda one: (
            format_size(one.size) if human else str(one.size),
            str(one.objects),
            one.name,
        ),
        record=lambda one: {
            "prefix": one.prefix,
            "objects": one.objects,
            "size": one.size,
            **({"direct": True} if one.is_direct else {}),
        },
    )


def _state(version: ObjectVersion) -> Cell:
    if version.is_marker:
        return Cell(_("deleted"), Tone.WARN)
    return Cell(_("latest") if version.is_latest else "", Tone.GOOD)


def _version_record(version: ObjectVersion) -> dict[str, Any]:
    facts = object_record(version.info)
    if version.is_marker:
        facts = {name: facts[name] for name in ("key", "last_modified", "version_id")}
        facts["size"] = None
    return facts | {"latest": version.is_latest, "delete_marker": version.is_marker}


VERSIONS: Form[ObjectVersion] = Form(
    columns=(
        Column("modified", lambda one: local_time(one.info.last_modified)),
        Column(
            "size", lambda one: "-" if one.is_marker else format_size(one.info.size), right=True
        ),
        Column("", _state),
        Column("name", lambda one: one.info.key),
        Column("version", lambda one: one.info.version_id, below=True),
    ),
    record=_version_record,
    fields=("size", "last_modified", "latest", "delete_marker", "version_id", "key"),
)

DELETED: Form[Deleted] = Form(
    columns=(
        Column("deleted", lambda one: local_time(one.deleted)),
        Column("as of", lambda one: "-" if one.as_of is None else format_moment(one.as_of)),
        Column("size", lambda one: format_size(one.info.size), right=True),
        Column("name", lambda one: one.info.key),
        Column("version", lambda one: one.info.version_id, below=True),
    ),
    record=lambda one: object_record(one.info) | {"deleted": one.deleted, "as_of": one.as_of},
    fields=("size", "deleted", "as_of", "version_id", "key"),
)


Listed = TypeVar("Listed", Prefix | ObjectInfo, ObjectInfo)

RULES: Form[tuple[int, str]] = Form(
    columns=(
        Column("", lambda rule: Cell(str(rule[0]), Tone.DIM), right=True),
        Column("", lambda rule: said(rule[1])),
    ),
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
