"""Finds the inventory report that a user means, and checks it before a job needs it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from ossh.catalog import Prefix
from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.paths import printable
from ossh.selection import Selection
from ossh.session.connection import Connection
from ossh.session.place import Place, resolve
from ossh.session.wish import Wish
from ossh.store.inventory import MANIFEST, parse_manifest, whole

_SCAN = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\dZ/")  # a report's folder: when its scan began
_HINT = N_("name its manifest.json, or the folder of its rule: oss://BUCKET/PREFIX/BUCKET/RULE/")


def inventory_for(connection: Connection, here: Place, wish: Wish, selection: Selection) -> str:
    """Return the address of the manifest.json that a wish means.

    Args:
        connection: Reads it.
        here: Whose objects are wanted; what the inventory's name may be relative to.
        wish: Names the manifest.json itself, its folder, or the folder of the rule, whose latest
            report is taken then.
        selection: The filters that are on.

    Raises:
        UsageError: There is no inventory, it is of another bucket, or unusable; or the wish
            cannot be combined with an inventory.
        StoreError: It cannot be read.
    """
    if wish.names:
        hint = _("cd to the prefix, or add filters")
        raise UsageError(_("names and --inventory cannot be combined"), hint=hint)
    if selection.listed is not None:
        hint = _("'filter' shows the list, 'filter drop' drops it")
        raise UsageError(_("a list of keys and --inventory cannot be combined"), hint=hint)
    named = resolve(here, wish.inventory)
    found = next(_manifests(connection, named), None)
    if found is None:
        text = _("there is no inventory at {place}").format(place=named.shown)
        raise UsageError(text, hint=_(_HINT))
    try:
        inventory = parse_manifest(whole(connection.reader(found).blocks(found.prefix)))
    except UsageError as error:
        text = _("{place} cannot be used: {reason}").format(place=found.shown, reason=error)
        raise UsageError(text, hint=error.hint) from error
    if inventory.bucket != here.bucket:
        of = printable(inventory.bucket)
        text = _("{place} is an inventory of {other}, not of {bucket}").format(
            place=found.shown, other=of, bucket=here.bucket
        )
        raise UsageError(text, hint=f"cd oss://{of}/")
    return found.address


def _manifests(connection: Connection, named: Place) -> Iterator[Place]:
    """Yield the manifests that a place may mean, the most likely one first."""
    catalog, folder = connection.catalog(named), named.prefix.rstrip("/") + "/"
    if named.prefix.endswith(".json"):
        yield named
        return
    scans = (one.prefix for one in catalog.level(folder) if isinstance(one, Prefix))
    latest = sorted((one for one in scans if _SCAN.fullmatch(one[len(folder) :])), reverse=True)
    for one in (folder, *latest):
        first = catalog.first(one + MANIFEST)
        if first is not None and first.key == one + MANIFEST:
            yield replace(named, prefix=first.key)
