"""The members of a ZIP archive in a bucket, as if each were an object below its name.

`zip_archive` is imported only where an archive is met: the standard library's `zipfile` takes time.
"""

import re
from collections.abc import Iterator
from typing import Final

MEMBER: Final = "ZIP member"  # the type of what is inside an archive
UNREADABLE: Final = f"{MEMBER}, unreadable"  # where the archive contradicts itself
_IN_ARCHIVE = re.compile(r"\.zip/", re.IGNORECASE)


def archive_keys(prefix: str) -> Iterator[str]:
    """Yield the keys of the archives that a prefix may lead into: `a.zip` for `a.zip/b/`."""
    for found in _IN_ARCHIVE.finditer(prefix):
        yield prefix[: found.end() - 1]
