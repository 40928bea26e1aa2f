"""What a listing says of members of an archive that cannot be read."""

from dataclasses import replace
from itertools import islice

from ossh.language import n_
from ossh.printable import printable
from ossh.session import resolve
from ossh.shell.console import Console

_MOST_NAMED = 20


def tell_flaws(shell: Console, typed: str, found: str) -> None:
    """Name what is listed of an archive and cannot be read, since it contradicts itself.

    Args:
        shell: Where it was listed.
        typed: What was to be listed.
        found: What its keys start with.
    """
    session = shell.session
    archive = session.connection.archive(replace(resolve(session.place, typed), prefix=found))
    if archive is None:
        return
    flaws = archive.flaws(found)
    for key, why in islice(flaws, _MOST_NAMED):
        shell.warn(f"{printable(key)}: {why}")
    if more := sum(1 for _ in flaws):
        text = n_("{number:,} more cannot be read", "{number:,} more cannot be read", more)
        shell.warn(text.format(number=more))
