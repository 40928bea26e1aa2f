"""What a typed name or glob matches, listing no more than that takes."""

from collections.abc import Iterator

from ossh import patterns
from ossh.catalog.catalog import DELIMITER, Catalog, NameMatch, Node, Prefix, name_of
from ossh.model import ObjectInfo


def matched_nodes(catalog: Catalog, found: NameMatch, *, levels: bool) -> Iterator[Node]:
    """Yield the objects that a name matches, in key order.

    With `levels` only the next level of a prefix, and also the prefixes that a glob matches.

    Raises:
        StoreError: A page could not be had.
    """
    if found.info is not None:
        yield found.info
    elif not found.glob:
        yield from catalog.level(found.name) if levels else catalog.walk(found.name)
    else:
        matches = _matches(catalog, found.folder, found.below(found.folder), levels=levels)
        yield from (one for one in matches if levels or isinstance(one, ObjectInfo))


def _matches(catalog: Catalog, base: str, glob: str, *, levels: bool) -> Iterator[Node]:
    """Yield what a glob matches below a prefix; for a `*` only its own level is listed."""
    if not glob:  # it ended in a delimiter
        yield from catalog.level(base) if levels else catalog.walk(base)
        return
    segment, slash, rest = glob.partition(DELIMITER)
    start, special = patterns.split_glob(segment)
    if "**" in special:
        matches, (fixed, _rest) = patterns.shell_glob(glob), patterns.split_glob(glob)
        yield from (one for one in catalog.walk(base + fixed) if matches(one.key[len(base) :]))
        return
    if slash and not special:
        yield from _matches(catalog, base + start + DELIMITER, rest, levels=levels)
        return
    matches = patterns.shell_glob(segment)
    for item in catalog.level(base + start):
        end = -1 if isinstance(item, Prefix) else None  # it is matched without its delimiter
        if not matches(name_of(item)[len(base) : end]):
            continue
        if not slash:
            yield item
        elif isinstance(item, Prefix):
            yield from _matches(catalog, item.prefix, rest, levels=levels)
