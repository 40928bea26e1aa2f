"""What a file system and its open files take as options; what they cannot take is refused by name.

A secret is in none of what fsspec keeps of options, for that goes into pickles, JSON and messages.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypedDict

from fsspec.caching import caches

from ossh.language import Words, _
from ossh.python.arguments import Find
from ossh.session import Options
from ossh.spelling import did_you_mean, near, refuse_others
from ossh.store.credentials import Credentials, checked

SECRETS: Final = ("key", "secret", "token", "credentials")
_CONNECTION: Final = {one.name: type(one.default) for one in fields(Options)} | {"anon": bool}
# Of every file system of fsspec.
_COMMON: Final = frozenset(
    {"use_listings_cache", "listings_expiry_time", "max_paths", "skip_instance_cache"}
    | {"asynchronous", "loop", "batch_size"}
)
# Also fsspec's; nothing depends on them.
_OF_FILES: Final = frozenset({"autocommit", "batch_size", "size"})
_ELSEWHERE: Final = {  # what other libraries call them
    "access_key_id": "key",
    "access_key_secret": "secret",
    "default_block_size": "block_size",
    "default_cache_type": "cache_type",
    "endpoint_url": "endpoint",
    "region_name": "region",
    "security_token": "token",
    "versionId": "version_id",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How an object is read; by default its current version, through what `ObjectFile` keeps."""

    version_id: str = ""  # of one of its versions
    verify: bool = False  # all is fetched and compared with its CRC64 before anybody sees a byte
    cache_type: str = ""  # one of fsspec's caches instead, by name
    block_size: int = 0  # bytes that it asks for at a time
    cache_options: Mapping[str, Any] = field(default_factory=dict)  # what else it takes

    def with_options(self, given: Mapping[str, Any]) -> "Reading":
        """Return these options with others in their place.

        Raises:
            TypeError: There is no such option.
            ValueError: There is no such cache.
        """
        if given.get("block_size") == "default":
            given = {name: one for name, one in given.items() if name != "block_size"}
        refuse_others(given, {*_READING, *_OF_FILES}, _("an open file"), _ELSEWHERE)
        made = replace(self, **_typed(given, _READING))
        # what "mmap" only asked for, it takes for fetched: after an error it gives other bytes
        names = [name for name in caches if name not in {None, "mmap"}]
        if made.cache_type and made.cache_type not in names:
            text = _("ossh has no cache_type '{name}'; {hint}").format(
                name=made.cache_type,
                hint=did_you_mean(near(made.cache_type, names)) or ", ".join(sorted(names)),
            )
            raise ValueError(text)
        if made.block_size < 0:
            raise ValueError(
                _("block_size is a number of bytes, not {size}").format(size=made.block_size)
            )
        is_default = not (made.cache_type or made.block_size or made.cache_options)
        return made if is_default else replace(made, cache_type=made.cache_type or "readahead")


_READING: Final = {one.name: type(getattr(Reading(), one.name)) for one in fields(Reading)}


class StorageOptions(TypedDict, total=False):
    """What a file system takes, for type checkers."""

    profile: str
    ecs_role: str
    endpoint: str
    region: str
    internal: bool
    dual_stack: bool
    accelerate: bool
    accelerate_overseas: bool
    cname: bool
    anonymous: bool
    requester_pays: bool
    unsigned_host: bool
    proxy: str
    ca_bundle: str | os.PathLike[str]
    insecure: bool
    anon: bool
    key: str
    secret: str
    token: str
    version_id: str
    verify: bool
    cache_type: str
    block_size: int
    cache_options: Mapping[str, Any]
    use_listings_cache: bool
    listings_expiry_time: float
    max_paths: int
    skip_instance_cache: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """What the options of a file system say."""

    connection: Options
    credentials: Find | None = field(repr=False)  # None: keys are looked for where the shell does
    reading: Reading  # where an open file does not say it
    common: Mapping[str, Any]  # what every file system of fsspec takes

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Settings":
        """Return what options say.

        Raises:
            TypeError: There is no such option, or its value is of a wrong type.
            ValueError: Some of them exclude each other, or one lacks another.
            UsageError: A value is of no use.
        """
        known = {*_CONNECTION, *_READING, *_COMMON, *SECRETS}
        refuse_others(given, known, _("ossh's file system"), _ELSEWHERE)
        connection = _typed(given, _CONNECTION)
        if connection.pop("anon", False):
            connection["anonymous"] = True
        credentials = _credentials(given)
        options = Options(**connection)
        options.check()
        return cls(
            options,
            credentials,
            Reading().with_options({name: given[name] for name in _READING if name in given}),
            {name: given[name] for name in _COMMON if name in given},
        )


def is_refresh(given: Mapping[str, Any]) -> bool:
    """Return whether a question wants nothing that is remembered.

    What `cat` and `get` read by is passed on to it.

    Raises:
        TypeError: There is no such option.
    """
    refuse_others(given, {"refresh", *_READING, *_OF_FILES}, _("a listing"), _ELSEWHERE)
    return bool(given.get("refresh"))


def _credentials(given: Mapping[str, Any]) -> Find | None:
    keys = _typed(given, dict.fromkeys(("key", "secret", "token"), str))
    find: Find | None = given.get("credentials")
    if find is not None and not callable(find):
        raise TypeError(_("'credentials' is a function that returns them"))
    nobody = "anon" if given.get("anon") else "anonymous"
    named = ("profile", "ecs_role", nobody, "key", "credentials")
    who = [name for name in named if given.get(name)]
    if len(who) > 1:
        text = _("give either '{first}' or '{second}', not both: each says who asks")
        raise ValueError(text.format(first=who[0], second=who[1]))
    if not keys:
        return find
    for name in ("key", "secret"):
        if name not in keys:
            text = _("'key' and 'secret' belong together; '{name}' is missing")
            raise ValueError(text.format(name=name))
    held = checked(
        Credentials(keys["key"], keys["secret"], keys.get("token", ""), Words("key and secret"))
    )
    return lambda: held


def _typed(given: Mapping[str, Any], types: Mapping[str, type]) -> dict[str, Any]:
    """Return those options that have a type, if they have a value, which must be of that type."""
    found = {}
    for name, kind in types.items():
        value = given.get(name)
        if value is None:
            continue
        if isinstance(value, os.PathLike) and kind is str:
            value = os.fspath(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            text = _("'{name}' takes {kind}, not {other}")
            other = type(value).__name__
            raise TypeError(text.format(name=name, kind=kind.__name__, other=other))
        if value not in ("", {}):
            found[name] = value
    return found
