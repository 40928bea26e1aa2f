"""In which order, and how many items of a list are shown. Pure; holds no more than needed."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import value

T = TypeVar("T")

SORT_LIMIT = 1_000_000


@value
class SortOrder(Generic[T]):
    """What a list is sorted by, and which end comes first."""

    by: Callable[[T], Any]
    descending: bool = False  # the largest or newest first


@dataclass(slots=True)
class Limit:
    """Cuts a list short, and says afterwards if there are more items.

    Args:
        most: How many are shown; None is all.
        may_look: Whether to take one more, to know that there is one; not when that might take as
            long as all the rest.
    """

    most: int | None
    may_look: bool = True
    note: str = ""  # that there are more; "" when nothing was left out

    def of(
        self,
        items: Iterable[T],
        order: SortOrder[T] | None = None,
        *,
        reverse: bool = False,
        sort_limit: int = SORT_LIMIT,
    ) -> Iterator[T]:
        """Yield the items that are shown, as `ordered` or as they come."""
        if order is not None:
            most = self.most and self.most + self.may_look
            items = ordered(items, order, reverse=reverse, limit=most, sort_limit=sort_limit)
        if self.most is None:
            yield from items
            return
        remaining, number = iter(items), 0
        for number, item in enumerate(islice(remaining, self.most), 1):  # noqa: B007 - counted
            yield item
        if number == self.most and not self.may_look:
            self.note = _("{number:,} shown, there may be more").format(number=self.most)
        elif number == self.most and next(remaining, None) is not None:
            self.note = _("{number:,} shown, there are more").format(number=self.most)


def ordered(
    items: Iterable[T],
    order: SortOrder[T],
    *,
    reverse: bool = False,
    limit: int | None = None,
    sort_limit: int = SORT_LIMIT,
) -> Iterator[T]:
    """Return items in an order, and hold only `limit` of them, or all up to `sort_limit`.

    Raises:
        UsageError: There are too many to sort.
    """
    from_top = reverse != order.descending
    if limit is not None:
        pick = heapq.nlargest if from_top else heapq.nsmallest
        return iter(pick(limit, items, key=order.by))
    kept = list(islice(items, sort_limit + 1))
    if len(kept) > sort_limit:
        raise UsageError(
            _("more than {most:,} items are too many to sort").format(most=sort_limit),
            hint=_("add --limit to see only the first ones"),
        )
    return iter(sorted(kept, key=order.by, reverse=from_top))
