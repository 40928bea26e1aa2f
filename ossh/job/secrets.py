"""Finds access keys, secrets and tokens where they must not be: in job files and commands.

Job files are shared, and commands are kept in a history.
"""

import re
from collections.abc import Iterator
from typing import Any

from ossh.errors import UsageError
from ossh.language import _

# Ids of access keys (LTAI…) and temporary ones (STS.…) have no other use, so they are looked for in
# the whole text, comments included.
_ACCESS_KEY = r"(?<![A-Za-z0-9])(?:LTAI[A-Za-z0-9]{12,26}|STS\.[A-Za-z0-9]{16,})"
# `user:password@` in an address, or the query of a signed URL.
_SIGNED = r"(?i)://[^/?#\s]*:[^/?#\s]*@|[?&](?:x-oss-)?(?:signature|security-token|credential)="
# The same where an option takes an address, which needs no scheme: --proxy user:password@host:3128.
_LOGIN = r"(?i)(?<!\S)--(?:pro|en)\w*[=\s]+[\"']?(?:\w+://)?+[^\s@:]*:[^\s@]*@"
# A secret of an access key is 30 letters and digits, of every kind.
_RANDOM = r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{30}"
_TELLING_OPTION = r"(?i)(?<!\S)--?[\w-]*(?:secret|token|passw|access-?key)[\w-]*[=\s]"
# What a line for another program, a setting or a macro may hold: NAME=value or "name: value" with a
# telling name, a setting of such a name, `-u user:password`, and whatever looks like a secret or a
# token by itself.
_MAYBE = r"""(?imx)
    (?:secret|token|passw|passphrase|pwd|credential|authorization|(?:access|api)[_-]?key)
        [\w.-]*["']?\s*[=:]\s*[^\s=:]
    |^\s*set\s+[\w-]*(?:secret|token|passw|pwd|credential|key)[\w-]*\s+\S
    |(?<!\S)(?:-u|--user)[=\s]*[^\s:]+:\S
    |(?<![A-Za-z0-9+=])(?-i:(?=[A-Z0-9+=]*[a-z])(?=[a-z0-9+=]*[A-Z])(?=[A-Za-z+=]*[0-9])
        [A-Za-z0-9+=]{30,})
"""
# What only another program is given, after `!` or a pipe: the value of an option that often is a
# password (but not for a few programs that everybody uses), or of a variable with a telling name.
_TOLD = r"""(?imx)
    (?:[!|;&(`]|^\s*shell\s)\s*+(?!(?:cp|du|ls|mkdir|sort)\s)[^!|;&(`\n]*?
        (?:(?<![^\s"'])(?:-[akp]|--(?:auth|pass)[\w-]*)["']?[=\s]*+[^\s=]
        |(?<![\w-])\w{0,60}?(?:pass|pw|(?<![^\W_])(?:auth|key|pat))(?:_\w{0,60})?=\S)
"""
_TELLING_NAME = r"(?i)secret|token|passw|credential|access_?-?key"
_MAY_LOOK_LIKE_ONE = {"prefix", "suffix", "glob", "include", "exclude", "regex", "directory"}


def line_with_access_key(text: str) -> int:
    """Return the number of the first line that holds the id of an access key, 0 for none."""
    found = re.search(_ACCESS_KEY, text)
    return 0 if found is None else text.count("\n", 0, found.start()) + 1


def holds_secret(command: str) -> bool:
    """Return whether a command line has an access key in it, a signed URL, or an option for one."""
    telling = (_ACCESS_KEY, _SIGNED, _LOGIN, _TELLING_OPTION)
    return any(re.search(pattern, f"{command} ") for pattern in telling)


def may_hold_secret(line: str) -> bool:
    """Return whether a line that was typed had better not be kept anywhere.

    That is more than `holds_secret` finds, which is refused: what looks like a secret here may be
    none, and a line for another program may need one.
    """
    return holds_secret(line) or any(re.search(pattern, line) for pattern in (_MAYBE, _TOLD))


def secret_in_command() -> UsageError:
    """Return the error of a command line that has a secret in it; it repeats nothing."""
    return UsageError(
        _("a secret does not belong in a command: others can see it, and the history keeps it"),
        hint=_(
            "'connect' asks for it without echo; or keep it in ~/.ossutilconfig or an "
            "environment variable (a proxy password: OSSH_PROXY_PASSWORD)"
        ),
    )


def secret_fields(values: dict[str, Any], table: str = "") -> Iterator[tuple[str, str]]:
    """Yield table and name of each field that holds a secret, or is named as if it did."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from secret_fields(value, name)
        elif re.search(_TELLING_NAME, name) or re.fullmatch(_RANDOM, name):
            yield table, "" if _is_secret(name, name) else name
        elif any(_is_secret(name, text) for text in _texts(value)):
            yield table, name


def _is_secret(name: str, text: str) -> bool:
    if re.search(_ACCESS_KEY, text) or re.search(_SIGNED, text):
        return True
    return name not in _MAY_LOOK_LIKE_ONE and bool(re.fullmatch(_RANDOM, text))


def _texts(value: object) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    return (one for one in values if isinstance(one, str))
