"""Which objects are wanted: filters, their readable form, and a fast test for each object.

Rules of different kinds are ANDed, several values of one kind ORed, and any exclude excludes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from os.path import commonprefix
from typing import Any, TypeVar

from ossh import patterns
from ossh.errors import UsageError
from ossh.language import Words, _
from ossh.model import ObjectInfo
from ossh.shard import Shard
from ossh.units import format_moment, format_setting_size

T = TypeVar("T")

Matcher = Callable[[ObjectInfo], bool]
"""Answers whether an object is wanted."""

STORAGE_CLASSES = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KeyList:
    """The keys that a file lists."""

    name: str  # of the file
    keys: frozenset[str] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name} ({len(self.keys):,})"


@dataclass(frozen=True, slots=True)
class Selection:
    """The filters that choose objects; one that exists is valid. Without rules it is false.

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

    def __post_init__(self) -> None:
        for suffix in self.suffix:
            _check_suffix(suffix)
        for glob in (*self.include, *self.exclude):
            patterns.glob(glob)
        for glob in self.glob:
            patterns.typed_glob(glob)
        for expression in self.regex:
            patterns.regex(expression)
        for name in self.storage_class:
            _check_class(name)
        _check_sizes(self.min_size, self.max_size)
        _check_moments(self.newer, self.older)

    def __len__(self) -> int:
        return len(self.rules())

    @property
    def is_empty(self) -> bool:
        """Return whether there is no rule: every object is wanted."""
        return not self.rules()

    def merged(self, other: "Selection") -> "Selection":
        """Return this selection with the rules of another added.

        Values of lists are added once, in order; a size or a moment of the other replaces ours.
        """
        return Selection(
            suffix=_union(self.suffix, other.suffix),
            include=_union(self.include, other.include),
            exclude=_union(self.exclude, other.exclude),
            min_size=self.min_size if other.min_size is None else other.min_size,
            max_size=self.max_size if other.max_size is None else other.max_size,
            newer=self.newer if other.newer is None else other.newer,
            older=self.older if other.older is None else other.older,
            regex=_union(self.regex, other.regex),
            storage_class=_union(self.storage_class, other.storage_class),
            keys_from=_union(self.keys_from, other.keys_from),
            shard=other.shard or self.shard,
            glob=_union(self.glob, other.glob),
        )

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
        """Return a fast test for objects below a prefix.

        Args:
            prefix: The prefix that is listed; globs are relative to the folder it ends in.
            now: What relative moments count from; aware.
        """
        tests = [
            *_suffix_tests(self.suffix),
            *_size_tests(self.min_size, self.max_size),
            *_moment_tests(self.newer, self.older, now),
            *_list_tests(self.listed),
            *_shard_tests(self.shard),
            *_class_tests(self.storage_class),
            *_regex_tests(self.regex),
            *_typed_glob_tests(self.glob, len(_folder(prefix))),
            *_glob_tests(self.include, self.exclude, len(_folder(prefix))),
        ]
        return _all_of(tests)

    def start(self, prefix: str) -> str:
        """Return what the keys below a prefix start with that can match: that, or more."""
        start = _folder(prefix) + self._globs_start
        return start if start.startswith(prefix) else prefix

    @property
    def delimiter(self) -> str:
        """Return what no key has after `start` that can match: "/", or "" where any may have it."""
        depth = self._globs_start.count("/")
        is_level = all(glob.count("/") == depth and "**" not in glob for glob in self.glob)
        return "/" if self.glob and is_level else ""

    @property
    def _globs_start(self) -> str:
        starts = [patterns.split_glob(glob)[0] for glob in self.glob]
        return commonprefix(starts)  # noqa: RUF071 - of keys, which are no paths

    def _named_rules(self) -> list[tuple[str, str]]:
        """Return field and text of each rule in use."""
        lists = (
            ("suffix", "suffix", self.suffix),
            ("glob", "glob", self.glob),
            ("include", "include", self.include),
            ("exclude", "exclude", self.exclude),
            ("regex", "regex", self.regex),
            ("storage_class", "class", self.storage_class),
        )
        rules = [(field, _rule(word, all_)) for field, word, all_ in lists if all_]
        if self.keys_from:
            rules.append(("keys_from", _rule("keys-from", map(str, self.keys_from))))
        if self.min_size is not None:
            rules.append(("min_size", f"min-size {format_setting_size(self.min_size)}"))
        if self.max_size is not None:
            rules.append(("max_size", f"max-size {format_setting_size(self.max_size)}"))
        if self.newer is not None:
            rules.append(("newer", Words("newer than {moment}", moment=format_moment(self.newer))))
        if self.older is not None:
            rules.append(("older", Words("older than {moment}", moment=format_moment(self.older))))
        if self.shard is not None:
            rules.append(("shard", f"shard {self.shard}"))
        return rules


def _rule(word: str, values: Iterable[str]) -> str:
    """Return a rule that any of some values fulfils."""
    first, *others = values
    rule = f"{word} {first}"
    for one in others:
        rule = Words("{rule} or {value}", rule=rule, value=one)
    return rule


def _union(ours: tuple[T, ...], theirs: tuple[T, ...]) -> tuple[T, ...]:
    """Return the values of both, each once, in order of first appearance."""
    return tuple(dict.fromkeys(ours + theirs))


def _all_of(tests: list[Matcher]) -> Matcher:
    """Return one test for several; a single one is called without a detour."""
    match tests:
        case []:
            return lambda _info: True
        case [test]:
            return test
        case [first, second]:
            return lambda info: first(info) and second(info)
        case _:
            return lambda info: all(test(info) for test in tests)


def _suffix_tests(suffix: tuple[str, ...]) -> list[Matcher]:
    return [lambda info: info.key.endswith(suffix)] if suffix else []


def _size_tests(smallest: int | None, largest: int | None) -> list[Matcher]:
    tests: list[Matcher] = []
    if smallest is not None:
        tests.append(lambda info: info.size >= smallest)
    if largest is not None:
        tests.append(lambda info: info.size <= largest)
    return tests


def _moment_tests(
    newer: datetime | timedelta | None, older: datetime | timedelta | None, now: datetime
) -> list[Matcher]:
    tests: list[Matcher] = []
    if newer is not None:
        since = _resolved(newer, now)
        tests.append(lambda info: info.last_modified >= since)
    if older is not None:
        before = _resolved(older, now)
        tests.append(lambda info: info.last_modified < before)
    return tests


def _glob_tests(include: tuple[str, ...], exclude: tuple[str, ...], start: int) -> list[Matcher]:
    """Return tests that look at keys from `start` on.

    Slashes there are skipped: `logs//a.gz` below `logs/` is `a.gz` to a glob.
    """
    wanted, unwanted = [*map(patterns.glob, include)], [*map(patterns.glob, exclude)]

    def matches(info: ObjectInfo) -> bool:
        name = info.key[start:].lstrip("/")
        if any(search(name) for search in unwanted):
            return False
        return not wanted or any(search(name) for search in wanted)

    return [matches] if include or exclude else []


def _typed_glob_tests(globs: tuple[str, ...], start: int) -> list[Matcher]:
    """Return tests that look at keys from `start` on."""
    searches = [*map(patterns.typed_glob, globs)]
    return [lambda info: any(search(info.key[start:]) for search in searches)] if globs else []


def _folder(prefix: str) -> str:
    """Return a prefix up to its last delimiter: what globs are relative to."""
    return prefix[: prefix.rfind("/") + 1]


def _list_tests(listed: frozenset[str] | None) -> list[Matcher]:
    return [] if listed is None else [lambda info: info.key in listed]


def _shard_tests(shard: Shard | None) -> list[Matcher]:
    return [] if shard is None else [lambda info: shard.holds(info.key)]


def _class_tests(names: tuple[str, ...]) -> list[Matcher]:
    wanted = frozenset(names)
    return [lambda info: info.storage_class in wanted] if wanted else []


def _regex_tests(expressions: tuple[str, ...]) -> list[Matcher]:
    searches = [patterns.regex(expression) for expression in expressions]
    match searches:
        case []:
            return []
        case [search]:
            return [lambda info: search(info.key)]
        case _:
            return [lambda info: any(search(info.key) for search in searches)]


def _resolved(moment: datetime | timedelta, now: datetime) -> datetime:
    """Return the moment as a datetime; one before the calendar begins is its beginning."""
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
        raise UsageError(
            _("suffix '{suffix}' contains '*', but suffixes are compared literally").format(
                suffix=suffix
            ),
            hint=_("use a glob: include '{suffix}'").format(suffix=suffix),
        )


def _check_class(name: str) -> None:
    if name not in STORAGE_CLASSES:
        raise UsageError(
            _("there is no storage class '{name}'").format(name=name),
            hint=_("the storage classes are {names}").format(names=", ".join(STORAGE_CLASSES)),
        )


def _check_sizes(smallest: int | None, largest: int | None) -> None:
    if any(size is not None and size < 0 for size in (smallest, largest)):
        raise UsageError(_("a size must not be negative"))
    if smallest is not None and largest is not None and smallest > largest:
        raise UsageError(
            _("no object can match: min-size {smallest} exceeds max-size {largest}").format(
                smallest=format_setting_size(smallest),
                largest=format_setting_size(largest),
            )
        )


def _check_moments(newer: datetime | timedelta | None, older: datetime | timedelta | None) -> None:
    for moment in (newer, older):
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise UsageError(
                _("'{moment}' has no time zone").format(moment=moment.isoformat()),
                hint=_("add Z for UTC"),
            )
    match newer, older:
        case (datetime(), datetime()):
            impossible = newer >= older
        case (timedelta(), timedelta()):
            impossible = newer <= older  # both count backwards
        case _:
            impossible = False
    if impossible and newer is not None and older is not None:
        raise UsageError(
            _("no object can match: newer than {newer} and older than {older}").format(
                newer=format_moment(newer), older=format_moment(older)
            )
        )
