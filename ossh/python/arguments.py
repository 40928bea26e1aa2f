"""Arguments of ossh's functions: what they mean, and what to say of those that are none."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ossh.errors import UsageError
from ossh.language import _
from ossh.selection import Selection
from ossh.session import SCHEME, Connection, Options
from ossh.store.credentials import Credentials, Environment, Provider, checked, located
from ossh.store.credentials.environment import home
from ossh.store.transport_options import checked_bundle, checked_proxy

Find = Callable[[], Credentials | None]

_FILE_SYSTEM: Final = "ossh://"


def in_oss(address: str) -> str:
    """Return an address as OSS's own, where it is written as one of the file system."""
    is_other = address.startswith(_FILE_SYSTEM)
    return SCHEME + address.removeprefix(_FILE_SYSTEM) if is_other else address


def chosen(selection: Selection | None) -> Selection:
    """Return a selection, by default that of all objects; a TypeError if it is something else."""
    if not isinstance(selection, Selection | None):
        example = selection if isinstance(selection, str) else ".gz"
        text = _("a selection is ossh.Selection(suffix={example!r}) or the like, not {given!r}")
        raise TypeError(text.format(example=example, given=selection))
    return selection or Selection()


def connection_of(options: Options | None, credentials: Find | None = None) -> Connection:
    """Return a connection of a script, which nobody can be asked for credentials."""
    provider = None if credentials is None else provider_of(credentials)
    options = usable(options, credentials)
    return Connection(options, environ=os.environ, home=home(), provider=provider)


def usable(options: Options | None, credentials: Find | None = None) -> Options:
    """Return options, once their proxy and file of certificates are known to be of use.

    Raises:
        UsageError: They are not, or name a user beside the credentials.
        TypeError: It is something else.
    """
    if not isinstance(options, Options | None):
        text = _("options= takes ossh.Options(endpoint=…) or the like, not {given}")
        raise TypeError(text.format(given=type(options).__name__))
    options = options or Options()
    for name in ("profile", "ecs_role", "anonymous") if credentials is not None else ():
        if getattr(options, name):
            text = _("give either '{first}' or '{second}', not both: each says who asks")
            raise UsageError(text.format(first=name, second="credentials"))
    proxy, bundle = checked_proxy(options.proxy), checked_bundle(options.ca_bundle)
    return replace(options, proxy=proxy, ca_bundle=bundle)


def check_named(directory: str | os.PathLike[str]) -> None:
    """Raise a UsageError if no folder is named."""
    if not os.fspath(directory):
        raise UsageError(_("an argument is empty"), hint=_("'.' is the current directory"))


def provider_of(find: Find) -> Provider:
    """Return what holds a script's own credentials; the environment may say where they serve.

    Raises:
        TypeError: It is no function.
    """
    if not callable(find):
        raise TypeError(_("'credentials' is a function that returns them"))

    def found() -> Credentials | None:
        keys = find()
        return keys and located(_signing(keys), Environment(os.environ, home()))

    return Provider(found)


def _signing(keys: Credentials) -> Credentials:
    """Return a script's own credentials, once they are known to be some that can sign.

    Raises:
        UsageError: They are incomplete, or have characters that no key has.
        TypeError: They are something else.
    """
    if not isinstance(keys, Credentials):
        text = _("'credentials' returns ossh.Credentials(…) or None, not {other}")
        raise TypeError(text.format(other=type(keys).__name__))
    for name in ("access_key_id", "access_key_secret", "security_token"):
        if not isinstance(given := getattr(keys, name), str):
            text = _("'{name}' takes {kind}, not {other}")
            raise TypeError(text.format(name=name, kind="str", other=type(given).__name__))
    return checked(replace(keys, source=keys.source or "credentials="))
