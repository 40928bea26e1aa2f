"""Where access keys come from, what they are, and how they are fetched again.

```
sources: which profile counts ─▶ modes: how it leads to keys ─▶ Credentials ─▶ Provider holds them
```
"""

from ossh.store.credentials.keys import ANONYMOUS, TYPED, Credentials, checked, needs_token
from ossh.store.credentials.outside import Outside
from ossh.store.credentials.provider import Provider
from ossh.store.credentials.sources import ANY_ROLE, find, profiles

__all__ = [
    "ANONYMOUS",
    "ANY_ROLE",
    "TYPED",
    "Credentials",
    "Outside",
    "Provider",
    "checked",
    "find",
    "needs_token",
    "profiles",
]
