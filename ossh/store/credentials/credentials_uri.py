"""Asks a URI that gives out keys, as the Alibaba Cloud SDKs do.

Source: Alibaba Cloud SDK documentation, "Manage access credentials", credentials_uri.
"""

from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from ossh.errors import UsageError
from ossh.language import _, said
from ossh.model import NO_PROXY
from ossh.store.credentials.config_files import Profile
from ossh.store.credentials.environment import Environment
from ossh.store.credentials.key_server import (
    json_object,
    keys_in,
    no_keys,
    whole_answer,
    wrong_status,
)

_DIRECT = frozenset({"localhost", "127.0.0.1", "::1", "100.100.100.200"})  # without proxy


def keys_from(environment: Environment, uri: str, source: str) -> Profile:
    """Return the keys that a URI gives, unchecked.

    On this machine it is never asked through a proxy. Only the URI's host is shown: it may hold a
    password.

    Raises:
        UsageError: It is not such a URI.
        StoreError: It does not answer, or not with keys.
    """
    host = _host_of(uri)
    if not host:
        raise UsageError(
            _("the credentials URI of {source} is not an address").format(source=said(source)),
            hint=_("it must start with http:// or https://"),
        )
    doing = _("get keys from the credentials URI at {host}").format(host=host)
    with closing(environment.http()) as http:
        if host in _DIRECT:
            http.route = replace(http.route, proxy=NO_PROXY)
        answer = whole_answer(http, uri, doing)
    if answer.status != HTTPStatus.OK:
        raise no_keys(doing, wrong_status(answer.status))
    return keys_in(json_object(answer.body, doing), source, doing)


def _host_of(uri: str) -> str:
    """Return the host of a URI, "" when it cannot be asked."""
    if not (uri.isascii() and uri.isprintable()):
        return ""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""
