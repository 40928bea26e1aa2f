"""Asks an address that gives out keys: the credentials URI of the Alibaba Cloud SDKs.

Source: Alibaba Cloud SDK documentation, "Manage access credentials", credentials_uri.
"""

from contextlib import closing
from http import HTTPStatus
from urllib.parse import urlsplit

from ossh.errors import UsageError
from ossh.language import _, said
from ossh.model import NO_PROXY, Route
from ossh.store.credentials.asking import json_object, keys_in, no_keys, whole_answer, wrong_status
from ossh.store.credentials.config_files import Profile
from ossh.store.credentials.outside import Outside

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "100.100.100.200"})


def keys_from(outside: Outside, uri: str, source: str) -> Profile:
    """Return the keys an address gives, unchecked.

    An address of this machine is never asked through a proxy.

    Args:
        outside: Gives the settings of the network.
        uri: http:// or https://; never shown whole, for it may hold a password.
        source: Who names the address, for people.

    Raises:
        UsageError: It is not such an address.
        StoreError: It does not answer, or not with keys.
    """
    from ossh.network import Http  # noqa: PLC0415 - brings libcurl

    host = _host_of(uri)
    if not host:
        raise UsageError(
            _("the credentials URI of {source} is not an address").format(source=said(source)),
            hint=_("it must start with http:// or https://"),
        )
    doing = _("get keys from the credentials URI at {host}").format(host=host)
    with closing(Http(route=Route(proxy=NO_PROXY)) if host in _LOCAL else outside.http()) as http:
        answer = whole_answer(http, uri, doing)
    if answer.status != HTTPStatus.OK:
        raise no_keys(doing, wrong_status(answer.status))
    return keys_in(json_object(answer.body, doing), source, doing)


def _host_of(uri: str) -> str:
    """Return the host that an address names, "" when it cannot be asked."""
    if not (uri.isascii() and uri.isprintable()):
        return ""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""
