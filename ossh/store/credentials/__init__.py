"""Where access keys come from, what they are, and how they are fetched again.

```
sources: which profile counts ─▶ modes: how it leads to keys ─▶ Credentials ─▶ Provider holds them
```
A new source is a function that returns a `Profile`, and its entry in the table of `sources`. If it
gets keys in a new way: a module for that, called by a function in the table of `modes`.
"""

from ossh.store.credentials.access_keys import ANONYMOUS as ANONYMOUS
from ossh.store.credentials.access_keys import TYPED as TYPED
from ossh.store.credentials.access_keys import Credentials as Credentials
from ossh.store.credentials.access_keys import checked as checked
from ossh.store.credentials.access_keys import needs_token as needs_token
from ossh.store.credentials.environment import Environment as Environment
from ossh.store.credentials.provider import Provider as Provider
from ossh.store.credentials.provider import Renewal as Renewal
from ossh.store.credentials.sources import ANY_ROLE as ANY_ROLE
from ossh.store.credentials.sources import find as find
from ossh.store.credentials.sources import located as located
from ossh.store.credentials.sources import profiles as profiles
