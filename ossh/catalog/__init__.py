"""What lies in a bucket, for people: levels, everything below, trees and sums."""

from ossh.catalog.below import Branch, Total, branches, totals
from ossh.catalog.catalog import DELIMITER, Catalog, Found, Prefix, name_of
from ossh.catalog.globs import items

__all__ = [
    "DELIMITER",
    "Branch",
    "Catalog",
    "Found",
    "Prefix",
    "Total",
    "branches",
    "items",
    "name_of",
    "totals",
]
