"""Which library libcurl speaks TLS with.

The wheel of pycurl for Windows can use two, and chooses Schannel when it is loaded. That one checks
a certificate only after the handshake, with what the system makes of it, and reads the CA bundle as
late; OpenSSL, which speaks TLS everywhere else, does both as Python does.
"""

import os

import pycurl

from ossh.errors import LocalError
from ossh.language import _

_VARIABLE = "CURL_SSL_BACKEND"  # read by libcurl when it starts


def use_openssl() -> None:
    """Have libcurl speak TLS with OpenSSL if it has a choice; before its first handle is made.

    Raises:
        LocalError: It uses Schannel all the same.
    """
    if "(OpenSSL/" in name():  # in brackets is what it could use
        before = os.environ.get(_VARIABLE)
        os.environ[_VARIABLE] = "openssl"
        pycurl.global_init(pycurl.GLOBAL_ALL)
        pycurl.global_cleanup()  # the choice made by pycurl ends here
        pycurl.global_init(pycurl.GLOBAL_ALL)
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before
    if name().rpartition(" ")[2].startswith("Schannel"):
        raise LocalError(
            _("libcurl does not use OpenSSL here: {name}").format(name=name()),
            hint=_("reinstall pycurl from its wheel, and import ossh before you use it"),
        )


def name() -> str:
    """Return the libraries that libcurl can use, those it does not use in brackets."""
    return str(pycurl.version_info()[5])
