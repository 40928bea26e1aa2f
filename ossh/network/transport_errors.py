"""What it means for a request that libcurl or a socket fails, or that its answer is none.

Source: libcurl's error codes, https://curl.se/libcurl/c/libcurl-errors.html.
"""

import os
import re
from urllib.parse import urlsplit

import pycurl

from ossh import regular_files
from ossh.language import Words
from ossh.model import Cause, Failure
from ossh.protocol import tunnel_refusal

# Others are of certificates of clients, of ciphers and of engines, which nobody sets here.
_TLS_ERRORS = frozenset(
    {pycurl.E_SSL_CONNECT_ERROR, pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CACERT_BADFILE}
)
_UNREACHABLE = frozenset(
    {pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_RESOLVE_PROXY, pycurl.E_COULDNT_CONNECT}
)
# What libcurl says when it cannot open a socket, too.
_WITHOUT_SOCKET = _UNREACHABLE | {pycurl.E_OUT_OF_MEMORY}
_TOO_MANY_FILES = Failure(Cause.TOO_MANY_FILES, "EMFILE", Words("too many open files"))
TOO_LONG = Words("the answer is longer than what was asked for")
_PROXY = r"(?:over proxy|resolve proxy:?) (\S+)"
_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_TUNNEL = r"CONNECT tunnel failed, response (\d{3})"
_CAUSES = {
    pycurl.E_PARTIAL_FILE: (Cause.SHORT_BODY, "short body"),
    pycurl.E_GOT_NOTHING: (Cause.RESET, "no answer"),
    pycurl.E_SEND_ERROR: (Cause.RESET, "connection lost"),
    pycurl.E_RECV_ERROR: (Cause.RESET, "connection lost"),
    pycurl.E_FILESIZE_EXCEEDED: (Cause.CORRUPT, "body too long"),
}


def stalled(received: int, seconds: float) -> Failure:
    """Return the failure of an answer of which nothing, or next to nothing, came for too long."""
    text = Words("only {received} bytes arrived in {stall:g} s", received=received, stall=seconds)
    return Failure(Cause.STALL, "stalled", text)


def failure_of(error: pycurl.error, named: str | None = None) -> Failure:
    """Return the failure of an exception of libcurl with its own message.

    `named` is the proxy of the route: "" for that of the environment, None if it is not known.
    """
    code, said = (*error.args, 0, "")[:2]
    text = _in_our_style(str(said))
    if code in _WITHOUT_SOCKET and regular_files.used_up():
        return _TOO_MANY_FILES
    if refused := re.search(_TUNNEL, text):
        return tunnel_refusal(int(refused[1]))
    if code in _UNREACHABLE:
        return _unreachable(text, named)
    if code in _TLS_ERRORS:
        return Failure(Cause.TLS, "tls", text or Words("TLS failed"))
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return _timeout(text)
    if code == pycurl.E_FILESIZE_EXCEEDED:
        text = TOO_LONG
    cause, name = _CAUSES.get(code, (Cause.RESET, f"curl {code}"))
    return Failure(cause, name, text or name)


def _unreachable(text: str, named: str | None) -> Failure:
    """Return the failure to connect; of a proxy it says where that is, and who named it."""
    if (found := re.search(_PROXY, text)) is None:
        return Failure(Cause.NETWORK, "unreachable", text or Words("cannot connect"))
    host, by = found[1].strip("[]").lower(), {"--proxy": named or ""}
    if not named:
        spelled = set(os.environ)  # in capitals on Windows, where any spelling is found
        by = {one: os.environ[one] for one in _VARIABLES if one in spelled}
    known: dict[str, str] = {}
    for source, url in by.items() if named is not None else ():
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.hostname == host:
            known.setdefault(parts.netloc.rpartition("@")[2], source)  # without a password
    message = Words("cannot connect to the proxy {where}", where=found[1])
    if len(known) == 1:
        [(where, source)] = known.items()
        message = Words(
            "cannot connect to the proxy {where} ({source})", where=where, source=source
        )
    return Failure(Cause.NETWORK, "dead proxy", message)


def _in_our_style(text: str) -> str:
    """Return a message in lower case, unless it starts with a name such as SSL."""
    if text[:1].isupper() and text[1:2].islower():
        return text[:1].lower() + text[1:]
    return text


def _timeout(text: str) -> Failure:
    if "too slow" in text:
        return Failure(Cause.STALL, "stalled", text)
    if "onnection timed out" in text or "ailed to connect" in text:  # also within a sentence
        return Failure(Cause.NETWORK, "unreachable", text)
    return Failure(Cause.TIMEOUT, "timed out", text)
