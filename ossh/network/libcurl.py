"""This installation's libcurl: with which library it speaks TLS, whether it can read its CA bundle.

The wheel of pycurl for Windows can use two, and chooses Schannel when it is loaded. That one checks
a certificate only after the handshake, with what the system makes of it, and reads the CA bundle as
late; OpenSSL, which speaks TLS everywhere else, does both as Python does.
"""

import os

import pycurl

from ossh.errors import LocalError
from ossh.language import _
from ossh.network.http import Http
from ossh.network.transport_errors import failure_of

_BACKEND = "CURL_SSL_BACKEND"  # a variable that libcurl reads when it starts


def use_openssl() -> None:
    """Have libcurl speak TLS with OpenSSL if it has a choice; before its first handle is made.

    Raises:
        LocalError: It uses Schannel all the same.
    """
    if "(OpenSSL/" in backend():  # in brackets is what it could use
        before = os.environ.get(_BACKEND)
        os.environ[_BACKEND] = "openssl"
        pycurl.global_init(pycurl.GLOBAL_ALL)
        pycurl.global_cleanup()  # the choice made by pycurl ends here
        pycurl.global_init(pycurl.GLOBAL_ALL)
        if before is None:
            del os.environ[_BACKEND]
        else:
            os.environ[_BACKEND] = before
    if backend().rpartition(" ")[2].startswith("Schannel"):
        raise LocalError(
            _("libcurl does not use OpenSSL here: {name}").format(name=backend()),
            hint=_("reinstall pycurl from its wheel, and import ossh before you use it"),
        )


def backend() -> str:
    """Return the libraries that libcurl can use, those it does not use in brackets."""
    return str(pycurl.version_info()[5])


def version() -> str:
    """Return what libcurl is, and what it speaks TLS with: "libcurl/8.23.0 OpenSSL/3.6.5"."""
    return f"libcurl/{pycurl.version_info()[1]} {backend()}"


def read_authorities(http: Http, endpoint: str) -> None:
    """Let libcurl meet a server that nobody vouches for; to see that, it has to read the CA bundle.

    Raises:
        LocalError: It cannot.
    """
    curl = http.connector(endpoint)
    curl.setopt(pycurl.PROXY, "")
    try:
        curl.perform()
    except pycurl.error as error:
        if error.args[0] != pycurl.E_PEER_FAILED_VERIFICATION:
            reason = failure_of(error).message
            message = _("libcurl cannot use the CA bundle: {reason}").format(reason=reason)
            raise LocalError(message) from error
    finally:
        curl.close()
