"""What lies below a prefix: drawn as a tree, or summed up level by level. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise

from ossh.catalog.catalog import DELIMITER, Node, Prefix, name_of
from ossh.model import ObjectInfo, value


@value
class Branch:
    """A prefix or an object in a tree."""

    item: Node
    # Whether it is the last of its level; for each level above as well, the outermost first.
    is_last: tuple[bool, ...]


def branches(
    level: Callable[[str], Iterator[Node]], prefix: str, *, depth: int | None = None
) -> Iterator[Branch]:
    """Yield all that lies below a prefix, so many levels deep, each prefix before what it holds.

    `level` yields what one delimiter shows below a prefix.
    """
    above: tuple[bool, ...] = ()
    open_levels = [(_with_next(level(prefix)), above)]
    while open_levels:
        items, above = open_levels[-1]
        item, following = next(items, (None, None))
        if item is None:
            open_levels.pop()
            continue
        is_last = (*above, following is None)
        yield Branch(item, is_last)
        if isinstance(item, Prefix) and len(is_last) != depth:
            open_levels.append((_with_next(_inside(level, item.prefix)), is_last))


def _with_next(items: Iterator[Node]) -> Iterator[tuple[Node | None, Node | None]]:
    """Yield each item with the one that follows it, None after the last."""
    return pairwise(chain(items, (None,)))


def _inside(level: Callable[[str], Iterator[Node]], prefix: str) -> Iterator[Node]:
    """Yield what is in a folder; its marker is the folder itself, not something in it."""
    return (one for one in level(prefix) if name_of(one) != prefix)


@dataclass(slots=True)
class Total:
    """How much lies below a prefix."""

    prefix: str
    objects: int = 0
    size: int = 0  # bytes
    is_direct: bool = False  # only what lies at the level of the prefix itself

    @property
    def name(self) -> str:
        """Return the prefix, or the glob for what lies at its level: "logs/", "logs/*"."""
        return f"{self.prefix}*" if self.is_direct else self.prefix

    def add(self, objects: int, size: int) -> None:
        self.objects += objects
        self.size += size


def totals(objects: Iterable[ObjectInfo], prefix: str, depth: int) -> Iterator[Total]:
    """Yield how much lies below each prefix, and in the end below `prefix` itself.

    `depth` levels of prefixes are counted separately. The objects come in key order, and each total
    as soon as no key below it can follow, so no more than `depth` are held. Where a level has
    prefixes with totals of their own, so do the objects beside them, before the level itself: the
    parts of each level add up.
    """
    opened = [_Sum(prefix)]
    for info in objects:
        while not info.key.startswith(opened[-1].whole.prefix):
            yield from _closed(opened)
        while len(opened) <= depth:
            end = info.key.find(DELIMITER, len(opened[-1].whole.prefix)) + 1
            if not end:
                break
            opened.append(_Sum(info.key[:end]))
        opened[-1].direct.add(1, info.size)
    while opened:
        yield from _closed(opened)


class _Sum:
    """A level that is being summed up: all of it, and what lies beside the prefixes in it."""

    def __init__(self, prefix: str) -> None:
        self.whole = Total(prefix)
        self.direct = Total(prefix, is_direct=True)


def _closed(opened: list[_Sum]) -> Iterator[Total]:
    """Yield the totals of the innermost level, now complete, and add them to the one around it."""
    done = opened.pop()
    if done.whole.objects and done.direct.objects:
        yield done.direct
    done.whole.add(done.direct.objects, done.direct.size)
    yield done.whole
    if opened:
        opened[-1].whole.add(done.whole.objects, done.whole.size)
