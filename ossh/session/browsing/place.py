"""Places in a bucket, and how what a person types names one. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import Source
from ossh.paths import folder_of
from ossh.patterns import escaped
from ossh.printable import as_word, printable
from ossh.selection import Selection
from ossh.units import format_moment

SCHEME = "oss://"
_HERE_OR_ABOVE = frozenset({"", ".", ".."})  # segments of names that lead no deeper
_ANY_SCHEME = r"(?i)[a-z0-9]+://|oss:/"
_WEB_ADDRESS = r"\A([a-z0-9-]+)\.oss-[a-z0-9.-]+\.aliyuncs\.com(?=/|\Z)"  # BUCKET.ENDPOINT/KEY


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket and a prefix in it; no bucket means nowhere yet."""

    bucket: str = ""
    prefix: str = ""
    as_of: datetime | None = None  # aware; the bucket as it was then, None: as it is

    @classmethod
    def of(cls, source: Source) -> "Place":
        return cls(source.bucket, source.prefix, source.as_of)

    @property
    def top(self) -> "Place":
        return replace(self, prefix="")

    def is_in(self, other: "Place") -> bool:
        """Return whether another place is a folder, or a bucket, that holds this one."""
        is_folder = other.prefix == other.folder and other.bucket != ""
        is_beside = self == replace(other, prefix=self.prefix)
        return is_folder and is_beside and self.prefix.startswith(other.prefix)

    @property
    def address(self) -> str:
        """Return the place as `oss://bucket/prefix`, exactly."""
        return f"{SCHEME}{self.bucket}/{self.prefix}" if self.bucket else SCHEME

    @property
    def shown(self) -> str:
        """Return the address with everything escaped that could drive a terminal."""
        return printable(self.address)

    @property
    def dated(self) -> str:
        """Return what `shown` is, with the moment behind it."""
        return self.shown if self.as_of is None else f"{self.shown} @{format_moment(self.as_of)}"

    @property
    def folder(self) -> str:
        """Return the prefix up to its last delimiter: what names and globs are relative to."""
        return folder_of(self.prefix)


def parse_address(text: str) -> Place:
    """Return the place an `oss://` address names; what follows the bucket is taken as it is.

    Raises:
        UsageError: It is not such an address.
    """
    if not text.startswith(SCHEME):
        raise UsageError(
            _("'{text}' is not an address such as oss://bucket/prefix/").format(
                text=printable(text)
            )
        )
    bucket, _slash, prefix = text[len(SCHEME) :].partition("/")
    if not bucket and prefix:
        raise UsageError(
            _("'{text}' does not name a bucket").format(text=printable(text)),
            hint="oss://BUCKET/PREFIX",
        )
    return Place(bucket, prefix)


def resolve(here: Place, text: str) -> Place:
    """Return the place that a name typed at `here` stands for.

    `..` and `.` walk as in a file shell, a leading `/` starts at the bucket, and an `oss://`
    address is taken literally, so that keys with odd segments can be named too. At a prefix that
    ends within a name, names are relative to the folder it ends in. The moment stays in its bucket.

    Raises:
        UsageError: There is no bucket to be relative to.
    """
    if text.startswith(SCHEME):
        place = parse_address(text)
        return replace(place, as_of=here.as_of) if place.bucket == here.bucket else place
    if not here.bucket:
        raise no_bucket(text)
    if not text:
        return here
    if text.startswith("/"):
        return _walked(here.top, text[1:])
    is_up = text.partition("/")[0] == ".."
    return _walked(here if is_up else replace(here, prefix=here.folder), text)


def named(here: Place, place: Place, name: str) -> str:
    """Return a name if it means a place when it is typed at `here`; else the address, which does.

    A key may have segments that walk elsewhere, or begin like an address or an option.
    """
    is_misread = name.startswith(("-", SCHEME)) or resolve(here, name).prefix != place.prefix
    return place.address if is_misread else name


def typable(name: str) -> str:
    """Return a name as one can type it: a glob that matches it if it cannot be shown as it is."""
    if name == printable(name):
        return name
    return "".join(escaped(char) if char == printable(char) else "?" for char in name)


def resolve_all(here: Place, names: Sequence[str]) -> list[Place]:
    """Return the places that names stand for which were typed at `here` one after the other.

    Raises:
        UsageError: As for `resolve`; or the last is `here` or above it, perhaps for a target.
    """
    places = [resolve(here, name) for name in names]
    if len(places) > 1 and _HERE_OR_ABOVE.issuperset(names[-1].split("/")):
        last = printable(names[-1])
        text = _("'{name}' after other names would be all of {place}")
        hint = _("if it is where the download goes: {option}")
        raise UsageError(
            text.format(name=last, place=places[-1].shown),
            hint=hint.format(option=f"--to {as_word(last)}"),
        )
    return places


def pattern(here: Place, text: str) -> str:
    """Return the glob, from the top of the bucket, that a name typed at `here` would be.

    Raises:
        UsageError: As for `resolve`.
    """
    return resolve(replace(here, prefix=escaped(here.prefix)), text).prefix


def check_globs(place: Place, at: Place, selection: Selection) -> None:
    """Refuse globs that mean something else at another place than where they were set."""
    if place.folder == at.folder:
        return
    for glob in selection.anchored:
        here, there = printable(place.folder), printable(at.shown)
        raise UsageError(
            _("the filter '{glob}' is relative to '{here}'").format(
                glob=printable(glob), here=here
            ),
            hint=_("go there and set it again: cd {there}").format(there=there),
        )


def no_bucket(text: str = "") -> UsageError:
    """Return what is said where a name has no bucket to be relative to."""
    hint = _("write it as oss://BUCKET/KEY; 'buckets' lists the buckets")
    has_name = text.strip("./")
    return UsageError(_("no bucket is chosen"), hint=_with_bucket(text) if has_name else hint)


def address_meant(name: str) -> str:
    """Return the hint how to write a name that looks like an address, "" for any other name."""
    return _with_bucket(name) if re.match(_ANY_SCHEME, name) else ""


def _with_bucket(text: str) -> str:
    hint = _("if '{name}' begins with a bucket: oss://{name}; 'buckets' lists the buckets")
    name = re.sub(_ANY_SCHEME, "", text, count=1).lstrip("/")
    return hint.format(name=printable(re.sub(_WEB_ADDRESS, r"\1", name)))


def _walked(place: Place, text: str) -> Place:
    prefix = place.prefix
    for segment in re.split("(?<=/)", text):  # each with the slash behind it
        name = segment.removesuffix("/")
        if name == "..":
            prefix = folder_of(prefix.rstrip("/"))
        elif name != ".":
            prefix += segment
    return replace(place, prefix=prefix)
