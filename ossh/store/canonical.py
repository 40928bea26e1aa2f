"""Keys, parameters and headers as signatures and URLs want them. Pure.

Source: OSS API reference, "Include a V4 signature in the Authorization header".
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.~/-]*", re.ASCII).fullmatch
_DOT_SEGMENT = re.compile(r"(?:^|/)\.{1,2}(?:/|$)").search
_SIGNED_BESIDES = frozenset({"content-type", "content-md5"})


def sorted_headers(
    headers: Mapping[str, str],
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the headers to sign, as lower-case name and value, and the lines that pass."""
    signed = []
    passed = []
    for name, value in headers.items():
        lower = name.lower()
        if lower.startswith("x-oss-") or lower in _SIGNED_BESIDES:
            signed.append((lower, value))
        else:
            passed.append(f"{name}: {value}")
    return tuple(signed), tuple(passed)


def quoted(key: str) -> str:
    """Return a key as V4 signs it: all but unreserved characters and "/" percent-encoded."""
    return key if _PLAIN_KEY(key) else quote(key, safe="/", errors="surrogatepass")


def needs_care(key: str) -> bool:
    """Tell whether a key has a segment "." or "..", which HTTP software likes to resolve."""
    return "." in key and _DOT_SEGMENT(key) is not None


def careful(key: str) -> str:
    """Return a key with dot segments so encoded that nobody on the way sees a segment in it."""
    quoted = quote(key, safe="", errors="surrogatepass")
    return quoted.replace(".", "%2E") if key in {".", ".."} else quoted


def canonical_query(parameters: tuple[tuple[str, str], ...]) -> str:
    """Return parameters as V4 signs them: encoded, then sorted, a bare name for no value."""
    return "&".join(
        f"{name}={value}" if value else name
        for name, value in sorted((_strict(name), _strict(value)) for name, value in parameters)
    )


def query_text(parameters: tuple[tuple[str, str], ...]) -> str:
    """Return parameters as they stand in a URL, the question mark included; "" for none."""
    return f"?{canonical_query(parameters)}" if parameters else ""


def _strict(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")
