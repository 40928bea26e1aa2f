"""Which objects are wanted: filters, their readable form, and a fast test for each object.

Rules of different kinds are ANDed, several values of one kind ORed, and any exclude excludes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from os.path import commonprefix
from typing import Any, TypeVar

from ossh import patterns
from ossh.errors import UsageError
from ossh.language import N_, Words, _, joined
from ossh.model import STANDARD, ObjectInfo, short_repr, value
from ossh.paths import folder_of
from ossh.shard import Shard
from ossh.shard import parse as parse_shard
from ossh.units import UnreadableError, exact_moment, exact_size, parse_moment, parse_size

T = TypeVar("T")
Texts = str | Iterable[str]
"""One text, or several."""
Matcher = Callable[[ObjectInfo], bool]
"""Tells whether an object is wanted."""

STORAGE_CLASSES = (STANDARD, "IA", "Archive", "ColdArchive", "DeepColdArchive")
WORDS = {"storage_class": "class", "keys_from": "keys-from"}  # where a field has another name
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@value
class KeyList:
    """The keys that a file lists."""

    name: str  # of the file
    keys: frozenset[str] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name} ({len(self.keys):,})"


@dataclass(frozen=True, slots=True, init=False)
class Selection:
    """The filters that choose objects, checked when they are made. Without rules it is false.

    Texts are read as at the prompt: sizes such as "1MiB", moments such as "7d" or "2026-01-01",
    several suffixes or storage classes with commas between them.

    Globs are those of a .gitignore file, relative to the folder in which the prefix ends: `*.gz` is
    found at any depth, `/a*.gz` at the top only, `tmp/` is all below any folder `tmp`. A leading
    `!` is refused: what to include and what to exclude are two lists here, not one.

    A `glob` is what a file shell means, for the whole name from that folder on. `*` stops at `/`:
    `*.gz` is found at the top only. `**` does not: `**/*.gz` is found at any depth.

    Raises:
        UsageError: A rule that cannot be read, or rules that nothing can satisfy together.
    """

    suffix: tuple[str, ...] = ()  # ends of keys, compared literally
    include: tuple[str, ...] = ()  # globs
    exclude: tuple[str, ...] = ()  # globs
    min_size: int | None = None  # bytes
    max_size: int | None = None  # bytes, this size included
    newer: datetime | timedelta | None = None  # modified then or later; a timedelta counts from now
    older: datetime | timedelta | None = None  # modified before then
    regex: tuple[str, ...] = ()  # found anywhere in the whole key
    storage_class: tuple[str, ...] = ()  # of STORAGE_CLASSES
    keys_from: tuple[KeyList, ...] = ()  # whole keys; of a job they are its source's list
    shard: Shard | None = None  # of several machines, each takes its share
    glob: tuple[str, ...] = ()  # globs of a file shell, for the whole name

    __repr__ = short_repr

    def __init__(  # noqa: PLR0913 - a filter of each kind
        self,
        suffix: Texts = (),
        include: Texts = (),
        exclude: Texts = (),
        min_size: int | str | None = None,
        max_size: int | str | None = None,
        newer: datetime | timedelta | str | None = None,
        older: datetime | timedelta | str | None = None,
        regex: Texts = (),
        storage_class: Texts = (),
        keys_from: Iterable[KeyList] = (),
        shard: Shard | str | None = None,
        glob: Texts = (),
    ) -> None:
        read: dict[str, object] = {
            "suffix": _texts(_pieces(suffix), _check_suffix),
            "include": _texts(include, patterns.gitignore_glob),
            "exclude": _texts(exclude, patterns.gitignore_glob),
            "min_size": _read(parse_size, min_size),
            "max_size": _read(parse_size, max_size),
            "newer": _read(parse_moment, newer),
            "older": _read(parse_moment, older),
            "regex": _texts(regex, patterns.regex),
            "storage_class": tuple(map(_class_name, _pieces(storage_class))),
            "keys_from": tuple(keys_from),
            "shard": _read(parse_shard, shard),
            "glob": _texts(glob, patterns.shell_glob),
        }
        for name, one in read.items():
            object.__setattr__(self, name, one)
        _check_sizes(self.min_size, self.max_size)
        _check_moments(self.newer, self.older)

    def __len__(self) -> int:
        return len(self.rules())

    def merged(self, other: "Selection") -> "Selection":
        """Return this selection with the rules of another added.

        Values of lists are added once, in order; a size or a moment of the other replaces ours.
        """
        ours: dict[str, Any] = {}
        for one in fields(self):
            value, new = getattr(self, one.name), getattr(other, one.name)
            if isinstance(value, tuple):
                ours[one.name] = tuple(dict.fromkeys(value + new))
            else:
                ours[one.name] = value if new is None else new
        return Selection(**ours)

    @property
    def anchored(self) -> tuple[str, ...]:
        """Return the globs that mean something else below another prefix."""
        free = (*self.include, *self.exclude)
        return (*self.glob, *(one for one in free if "/" in one.rstrip("/")))

    @property
    def listed(self) -> frozenset[str] | None:
        """Return the keys of all lists; None when there is no list."""
        return frozenset().union(*(one.keys for one in self.keys_from)) if self.keys_from else None

    def rules(self) -> tuple[str, ...]:
        """Return the rules as text, one for each kind in use, always in the same order."""
        return tuple(text for _, text in self._named_rules())

    def without(self, number: int) -> "Selection":
        """Return this selection without one rule, counted from 1 in the order of `rules`.

        Raises:
            UsageError: There is no such rule.
        """
        named = self._named_rules()
        if not named:
            raise UsageError(_("there is no filter to drop"))
        if not 1 <= number <= len(named):
            raise UsageError(
                _("there is no filter {number}").format(number=number),
                hint=_("they are numbered 1 to {last}").format(last=len(named)),
            )
        name, _text = named[number - 1]
        nothing: dict[str, Any] = {name: () if isinstance(getattr(self, name), tuple) else None}
        return replace(self, **nothing)

    def matcher(self, prefix: str, now: datetime) -> Matcher:
        """Return a fast test for objects below a prefix; globs begin in the folder it ends in.

        Relative moments count from `now`, which is aware.
        """
        return _combined([*self._fact_tests(now), *self._key_tests(len(folder_of(prefix)))], all)

    def _fact_tests(self, now: datetime) -> Iterator[Matcher]:
        smallest, largest = self.min_size, self.max_size
        if smallest is not None:
            yield lambda info: info.size >= smallest
        if largest is not None:
            yield lambda info: info.size <= largest
        if self.newer is not None:
            since = resolved(self.newer, now)
            yield lambda info: info.last_modified >= since
        if self.older is not None:
            before = resolved(self.older, now)
            yield lambda info: info.last_modified < before
        if classes := frozenset(self.storage_class):
            yield lambda info: info.storage_class in classes

    def _key_tests(self, start: int) -> Iterator[Matcher]:
        """Yield the tests of keys, the fast ones first.

        Globs look at keys from `start` on. Those of a .gitignore file skip slashes there:
        `logs//a.gz` below `logs/` is `a.gz` to them.
        """
        suffix, listed, shard = self.suffix, self.listed, self.shard
        if suffix:
            yield lambda info: info.key.endswith(suffix)
        if listed is not None:
            yield lambda info: info.key in listed
        if shard is not None:
            yield lambda info: shard.holds(info.key)
        if self.regex:
            found = _combined([*map(patterns.regex, self.regex)], any)
            yield lambda info: found(info.key)
        if self.glob:
            named = _combined([*map(patterns.shell_glob, self.glob)], any)
            yield lambda info: named(info.key[start:])
        if self.exclude:
            excluded = _combined([*map(patterns.gitignore_glob, self.exclude)], any)
            yield lambda info: not excluded(info.key[start:].lstrip("/"))
        if self.include:
            included = _combined([*map(patterns.gitignore_glob, self.include)], any)
            yield lambda info: included(info.key[start:].lstrip("/"))

    def start(self, prefix: str) -> str:
        """Return what all keys below a prefix that can match start with: the prefix, or more."""
        start = folder_of(prefix) + self._globs_start
        return start if start.startswith(prefix) else prefix

    @property
    def delimiter(self) -> str:
        """Return "/" if no key that can match has one after `start`, else ""."""
        depth = self._globs_start.count("/")
        is_level = all(glob.count("/") == depth and "**" not in glob for glob in self.glob)
        return "/" if self.glob and is_level else ""

    @property
    def _globs_start(self) -> str:
        starts = [patterns.split_glob(glob)[0] for glob in self.glob]
        return commonprefix(starts)  # noqa: RUF071 - of keys, which are no paths

    def _named_rules(self) -> list[tuple[str, str]]:
        """Return field and text of each rule in use."""
        lists = ("suffix", "glob", "include", "exclude", "regex", "storage_class", "keys_from")
        rules = [
            (name, _rule(WORDS.get(name, name), map(str, values)))
            for name in lists
            if (values := getattr(self, name))
        ]
        if self.min_size is not None:
            rules.append(("min_size", f"min-size {exact_size(self.min_size)}"))
        if self.max_size is not None:
            rules.append(("max_size", f"max-size {exact_size(self.max_size)}"))
        if self.newer is not None:
            rules.append(("newer", Words("newer than {moment}", moment=exact_moment(self.newer))))
        if self.older is not None:
            rules.append(("older", Words("older than {moment}", moment=exact_moment(self.older))))
        if self.shard is not None:
            rules.append(("shard", f"shard {self.shard}"))
        return rules


def _texts(given: Texts, check: Callable[[str], object]) -> tuple[str, ...]:
    """Return texts, each of which passes a check."""
    texts = (given,) if isinstance(given, str) else tuple(given)
    for one in texts:
        check(one)
    return texts


def _pieces(given: Texts) -> tuple[str, ...]:
    """Return several texts, or those in one text with commas between them."""
    if not isinstance(given, str):
        return tuple(given)
    return tuple(piece.strip() for piece in given.split(","))


def _read(parse: Callable[[str], T], given: T | str) -> T:
    """Return a value that may have been given as text; raise UsageError if it cannot be read."""
    if not isinstance(given, str):
        return given
    try:
        return parse(given)
    except UnreadableError as error:
        raise UsageError(str(error)) from error


def _class_name(text: str) -> str:
    """Return a storage class as the service spells it; raise UsageError if there is none such."""
    for name in STORAGE_CLASSES:
        if name.lower() == text.lower():
            return name
    raise UsageError(
        _("there is no storage class '{name}'").format(name=text),
        hint=_("the storage classes are {names}").format(names=", ".join(STORAGE_CLASSES)),
    )


def _rule(word: str, values: Iterable[str]) -> str:
    """Return the text of a rule that any one of some values satisfies."""
    first, *others = values
    return joined(N_(" or "), [f"{word} {first}", *others])


def _combined(
    tests: Sequence[Callable[[T], bool]], how: Callable[[Iterable[bool]], bool]
) -> Callable[[T], bool]:
    """Return one test for several, of which `all` or `any` count; a single one is called as is."""
    if len(tests) == 1:
        return tests[0]
    return lambda one: how(test(one) for test in tests)


def resolved(moment: datetime | timedelta, now: datetime) -> datetime:
    """Return a moment as a datetime, the beginning of the calendar for one before it."""
    if isinstance(moment, datetime):
        return moment
    try:
        return now - moment
    except OverflowError:
        return _BEGINNING


def _check_suffix(suffix: str) -> None:
    if not suffix:
        raise UsageError(_("a suffix must not be empty"))
    if "*" in suffix:
        text = _("suffix '{suffix}' contains '*', but suffixes are compared literally")
        hint = _("use a glob: --include '{suffix}' (in Python and job files: include)")
        raise UsageError(text.format(suffix=suffix), hint=hint.format(suffix=suffix))


def _check_sizes(smallest: int | None, largest: int | None) -> None:
    if any(size is not None and size < 0 for size in (smallest, largest)):
        raise UsageError(_("a size must not be negative"))
    if smallest is not None and largest is not None and smallest > largest:
        text = _("no object can match: min-size {smallest} exceeds max-size {largest}")
        sizes = {"smallest": exact_size(smallest), "largest": exact_size(largest)}
        raise UsageError(text.format(**sizes))


def _check_moments(newer: datetime | timedelta | None, older: datetime | timedelta | None) -> None:
    for moment in (newer, older):
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise UsageError(
                _("'{moment}' has no time zone").format(moment=moment.isoformat()),
                hint=_("add Z for UTC"),
            )
    if newer is None or older is None or isinstance(newer, datetime) != isinstance(older, datetime):
        return  # an age and a date may agree today alone
    now = datetime.now(UTC)
    if resolved(newer, now) >= resolved(older, now):
        text = _("no object can match: newer than {newer} and older than {older}")
        raise UsageError(text.format(newer=exact_moment(newer), older=exact_moment(older)))
