"""What lies in a bucket, for people: levels, everything below, trees and sums."""

from ossh.catalog.catalog import (
    Catalog,
    Deleted,
    NameMatch,
    NothingThereError,
    Prefix,
    deleted_objects,
    name_of,
)
from ossh.catalog.globs import matched_nodes
from ossh.catalog.tree import Branch, Total, branches, totals

__all__ = [
    "Branch",
    "Catalog",
    "Deleted",
    "NameMatch",
    "NothingThereError",
    "Prefix",
    "Total",
    "branches",
    "deleted_objects",
    "matched_nodes",
    "name_of",
    "totals",
]
