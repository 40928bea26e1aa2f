"""The order and the number in which a list is shown. Pure; holds no more items than needed."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from ossh.errors import UsageError
from ossh.language import _

T = TypeVar("T")

SORT_LIMIT = 1_000_000


@dataclass(slots=True)
class Limit:
    """Keeps a list to a number of items, and can then say that there are more.

    Args:
        most: How many are shown; None is all.
        may_look: Whether to take one more, to know that there is one; not when that might take as
            long as all the rest.
    """

    most: int | None
    may_look: bool = True
    said: str = ""  # what is to be said afterwards; "" when nothing was left out

    @property
    def wanted(self) -> int | None:
        """Return how many items may be looked at."""
        return self.most and self.most + self.may_look

    def of(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items that are shown."""
        if self.most is None:
            yield from items
            return
        remaining, number = iter(items), 0
        for number, item in enumerate(islice(remaining, self.most), 1):  # noqa: B007 - counted
            yield item
        if number == self.most and not self.may_look:
            self.said = _("{number:,} shown, there may be more").format(number=self.most)
        elif number == self.most and next(remaining, None) is not None:
            self.said = _("{number:,} shown, there are more").format(number=self.most)


@dataclass(frozen=True, slots=True)
class Order(Generic[T]):
    """What a list is sorted by, and which end people want to see first.

    Args:
        by: What items are compared by.
        descending: The largest or newest first.
    """

    by: Callable[[T], Any]
    descending: bool = False


def ordered(
    items: Iterable[T],
    order: Order[T] | None,
    *,
    reverse: bool = False,
    limit: int | None = None,
    most: int = SORT_LIMIT,
) -> Iterator[T]:
    """Return items in the order and number asked for, with no more of them in memory than needed.

    Args:
        items: In any order.
        order: None leaves them as they come.
        reverse: The other way round.
        limit: How many at most; None is all.
        most: How many are held in memory to sort them.

    Raises:
        UsageError: There are too many to sort.
    """
    if order is None:
        return islice(items, limit)
    from_top = reverse != order.descending
    if limit is not None:
        pick = heapq.nlargest if from_top else heapq.nsmallest
        return iter(pick(limit, items, key=order.by))
    kept = list(islice(items, most + 1))
    if len(kept) > most:
        raise UsageError(
            _("more than {most:,} items are too many to sort").format(most=most),
            hint=_("add --limit to see only the first ones"),
        )
    return iter(sorted(kept, key=order.by, reverse=from_top))
