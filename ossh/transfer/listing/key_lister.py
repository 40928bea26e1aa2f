"""Looks up objects that are wanted by name, as pages like those of any listing.

Keys are asked for by listings: of up to a thousand keys where they are near each other, else of
the first key that starts with a name, which is the name itself if there is such an object. So
facts and failures are those of any listing, and whatever takes pages plans, compares and continues
as usual. Keys without an object are reported, not left out.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from ossh.manifest import ListingRange
from ossh.model import Cause, Failure, ObjectInfo
from ossh.store.interruptible import DaemonPool
from ossh.store.listing import MAX_KEYS, Lister
from ossh.store.lookup import look_up_next
from ossh.transfer.messages import Page, Pages

REQUESTS = 16  # at once, of those that look keys up
ALONE = 4 * REQUESTS  # keys asked for one by one, before it is tried again whether they are near


def pages_of_keys(
    lister: Lister, keys: Sequence[str], listing: ListingRange, is_ending: Callable[[], bool]
) -> Pages:
    """Yield pages of sorted keys; those up to the range's cursor came before."""
    start, finished = bisect_right(keys, listing.cursor), False
    with DaemonPool(min(REQUESTS, len(keys)), "ossh-look") as pool:
        while not finished and not is_ending():
            answer = look_up(lister, keys[start : start + MAX_KEYS], pool, is_ending)
            if isinstance(answer, Failure):
                yield answer
                return
            count, found = answer
            these = keys[start : start + count]
            start += count
            finished = start >= len(keys)
            yield Page(
                listing.row,
                tuple(found[key] for key in these if key in found),
                these[-1] if these else "",
                finished,
                tuple(key for key in these if key not in found),
            )


def page_of_version(lister: Lister, key: str, version_id: str, listing: ListingRange) -> Pages:
    """Yield one page, with one version of one object: listings show only what is current."""
    found = lister.head(key, version_id)
    if not isinstance(found, Failure):
        yield Page(listing.row, (found,), key, finished=True)
    elif found.cause is Cause.GONE:
        yield Page(listing.row, (), key, finished=True, absent=(key,))
    else:
        yield found


def look_up(
    lister: Lister, keys: Sequence[str], pool: DaemonPool, is_ending: Callable[[], bool]
) -> tuple[int, dict[str, ObjectInfo]] | Failure:
    """Return how many of the keys, from the first, were looked up, and their objects by key.

    Neighbours share a listing. Where it tells of no more keys than can be asked for at once, the
    next ones are asked for alone: that is as quick, and lists nothing that is not wanted. The keys
    are sorted, without repetition; once nothing more is wanted, answers are made up.
    """

    def look(key: str) -> tuple[int, dict[str, ObjectInfo]] | Failure:
        return (1, {}) if is_ending() else look_up_next(lister, [key])

    if not keys:
        return 0, {}
    answer = look_up_next(lister, keys)
    if isinstance(answer, Failure) or answer[0] >= REQUESTS:
        return answer
    count, found = answer
    alone = keys[count : count + ALONE]
    for one in pool.map(look, alone):
        if isinstance(one, Failure):
            return one
        found |= one[1]
    return count + len(alone), found
