"""Checks the proxy and the certificates that a person gives, for a `Route`.

They belong to the machine, so no job file has them. A proxy's password comes only from the
environment: arguments are visible to everybody on the machine and kept in histories. Not in
`network`, as that brings libcurl.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from ossh.errors import UsageError, reason
from ossh.language import N_, _
from ossh.model import NO_PROXY
from ossh.paths import expanded

PASSWORD = "OSSH_PROXY_PASSWORD"  # noqa: S105 - the name of a variable
PROXY = N_("http://[USER@]HOST:PORT, its password in OSSH_PROXY_PASSWORD; or none")
INSECURE = N_("certificates are not checked: anyone along the way can read and change what is sent")
CA_BUNDLE = N_("a file with the certificates to trust (PEM)")


def checked_proxy(text: str) -> str:
    """Return a proxy as `http://[user@]host:port`, or `none`; "" if none was given.

    Raises:
        UsageError: It is not a proxy address, or it contains a password.
    """
    written = text.strip()
    if written in {"", NO_PROXY}:
        return written
    try:
        parts = urlsplit(written if "://" in written else f"http://{written}")
        port = parts.port
    except ValueError:
        raise _no_proxy() from None
    if parts.password is not None:  # never echoed
        hint = _("write --proxy http://USER@HOST:PORT, and put the password in {variable}")
        raise UsageError(
            _("a proxy password does not belong in an option"), hint=hint.format(variable=PASSWORD)
        )
    is_bare = not (parts.path.strip("/") or parts.query or parts.fragment)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port or not is_bare:
        raise _no_proxy()
    return f"{parts.scheme}://{parts.netloc}"


def _no_proxy() -> UsageError:
    return UsageError(
        _("that is not a proxy address"),
        hint=_("for example http://proxy.example.com:3128, or none"),
    )


def checked_bundle(written: str) -> str:
    """Return the absolute path of a file of certificates; "" if none was given.

    Raises:
        UsageError: There is no such file, or no certificate in it.
    """
    if not written:
        return ""
    import ssl  # noqa: PLC0415 - slow to import, and seldom needed

    path = str(expanded(written).absolute())
    hint = _("a certificate file starts with -----BEGIN CERTIFICATE----- (PEM)")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        text = _("'{path}' contains no certificate").format(path=path)
        raise UsageError(text, hint=hint) from None
    except OSError as error:
        text = _("cannot read '{path}': {reason}").format(path=path, reason=reason(error))
        raise UsageError(text, hint=hint) from error
    return path


def with_password(proxy: str, environ: Mapping[str, str]) -> str:
    """Return a proxy's URL with the password of the environment, if it has a user."""
    user, at, host = proxy.partition("://")[2].rpartition("@")
    password = environ.get(PASSWORD, "")
    if not at or not password:
        return proxy
    return f"{proxy.partition('://')[0]}://{user}:{quote(password, safe='')}@{host}"
