"""What a listing says of members of an archive that cannot be read."""

from dataclasses import replace
from itertools import islice

from ossh.console.console import Console
from ossh.language import n_
from ossh.printable import printable
from ossh.session import resolve

_MOST_NAMED = 20


def tell_flaws(console: Console, typed: str, found: str) -> None:
    """Name what is listed of an archive and cannot be read, since it contradicts itself.

    Args:
        console: Where it was listed.
        typed: What was to be listed.
        found: What its keys start with.
    """
    session = console.session
    archive = session.connection.archive(replace(resolve(session.place, typed), prefix=found))
    if archive is None:
        return
    flaws = archive.flaws(found)
    for key, why in islice(flaws, _MOST_NAMED):
        console.warn(f"{printable(key)}: {why}")
    if more := sum(1 for _ in flaws):
        text = n_("{number:,} more cannot be read", "{number:,} more cannot be read", more)
        console.warn(text.format(number=more))
