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
    """Cuts a list short, and says so.

    What comes as it is found may have ended just there: to look might take as long as all of it.
    """

    most: int | None  # that are shown; None: all
    note: str = ""  # that there are, or may be, more; "" when nothing was left out

    def of(
        self, items: Iterable[T], order: SortOrder[T] | None = None, *, reverse: bool = False
    ) -> Iterator[T]:
        """Yield the items that are shown, in an order or as they come.

        Raises:
            UsageError: There are too many to sort.
        """
        if order is not None:
            items = self._ordered(items, order, from_top=reverse != order.descending)
        remaining, number = iter(items), 0
        for number, item in enumerate(islice(remaining, self.most), 1):  # noqa: B007 - counted
            yield item
        if number == self.most and order is None:
            self.note = _("{number:,} shown, there may be more").format(number=number)
        elif next(remaining, None) is not None:
            self.note = _("{number:,} shown, there are more").format(number=number)

    def _ordered(self, items: Iterable[T], order: SortOrder[T], *, from_top: bool) -> list[T]:
        """Return the items that may be shown, and hold no others."""
        if self.most is not None:
            pick = heapq.nlargest if from_top else heapq.nsmallest
            return pick(self.most + 1, items, key=order.by)
        kept = list(islice(items, SORT_LIMIT + 1))
        if len(kept) > SORT_LIMIT:
            raise UsageError(
                _("more than {most:,} items are too many to sort").format(most=SORT_LIMIT),
                hint=_("add --limit to see only the first ones"),
            )
        return sorted(kept, key=order.by, reverse=from_top)
