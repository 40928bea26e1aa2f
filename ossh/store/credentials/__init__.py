"""Where access keys come from, what they are, and how they are fetched again.

```
sources: which profile counts ─▶ modes: how it leads to keys ─▶ Credentials ─▶ Provider holds them
```
A new source is a function that returns a `Profile`, and its entry in the table of `sources`. If it
gets keys in a new way: a module for that, called by a function in the table of `modes`.
"""

from ossh.store.credentials.access_keys import ANONYMOUS, TYPED, Credentials, checked, needs_token
from ossh.store.credentials.environment import Environment
from ossh.store.credentials.provider import Provider, Renewal
from ossh.store.credentials.sources import ANY_ROLE, find, located, profiles

__all__ = [
    "ANONYMOUS",
    "ANY_ROLE",
    "TYPED",
    "Credentials",
    "Environment",
    "Provider",
    "Renewal",
    "checked",
    "find",
    "located",
    "needs_token",
    "profiles",
]
