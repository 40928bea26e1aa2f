"""What lies below a prefix, put in order: as a tree, or summed up. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ossh.catalog.catalog import DELIMITER, Prefix, name_of
from ossh.model import ObjectInfo


@dataclass(frozen=True, slots=True)
class Branch:
    """A prefix or an object in a tree."""

    item: Prefix | ObjectInfo
    # Whether nothing of its level follows; for each level above as well, the outermost first.
    is_last: tuple[bool, ...]


def branches(
    level: Callable[[str], Iterator[Prefix | ObjectInfo]], prefix: str, *, depth: int | None = None
) -> Iterator[Branch]:
    """Yield all that lies below a prefix, each prefix before what it holds.

    Args:
        level: Yields what one delimiter shows below a prefix.
        prefix: Where to begin.
        depth: How many levels; None is all.
    """
    open_levels = [_Level(level(prefix), ())]
    while open_levels:
        here = open_levels[-1]
        item, here.following = here.following, next(here.items, None)
        if item is None:
            open_levels.pop()
            continue
        is_last = (*here.above, here.following is None)
        yield Branch(item, is_last)
        if isinstance(item, Prefix) and len(is_last) != depth:
            open_levels.append(_Level(_inside(level, item.prefix), is_last))


def _inside(
    level: Callable[[str], Iterator[Prefix | ObjectInfo]], prefix: str
) -> Iterator[Prefix | ObjectInfo]:
    """Yield what is in a folder; its marker is the folder itself, not something in it."""
    return (one for one in level(prefix) if name_of(one) != prefix)


class _Level:
    """A level that is being walked; one item ahead, so that the last is known."""

    def __init__(self, items: Iterator[Prefix | ObjectInfo], above: tuple[bool, ...]) -> None:
        self.items = items
        self.above = above
        self.following = next(items, None)


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
        """Count more objects and their bytes."""
        self.objects += objects
        self.size += size


def totals(objects: Iterable[ObjectInfo], prefix: str, depth: int) -> Iterator[Total]:
    """Yield how much lies below each prefix, and in the end below `prefix` itself.

    Each comes as soon as no key below it can follow, so that no more than `depth` are held. Where
    a level has prefixes that are told apart, the objects beside them have a total of their own
    before that of the level, so that the parts of each level add up.

    Args:
        objects: Those below the prefix, in key order.
        prefix: Where they are.
        depth: How many levels of prefixes are counted separately.
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
    """A level that is being summed up: what was told of the prefixes in it, and the rest."""

    def __init__(self, prefix: str) -> None:
        self.whole = Total(prefix)
        self.direct = Total(prefix, is_direct=True)


def _closed(opened: list[_Sum]) -> Iterator[Total]:
    """Yield what the innermost level has, now complete, and count it for the one around it."""
    done = opened.pop()
    if done.whole.objects and done.direct.objects:
        yield done.direct
    done.whole.add(done.direct.objects, done.direct.size)
    yield done.whole
    if opened:
        opened[-1].whole.add(done.whole.objects, done.whole.size)
