"""What a person's words name in a bucket: a key, a prefix, or all keys that a glob matches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ossh import patterns
from ossh.catalog.catalog import Catalog, NameMatch, NothingThereError, Prefix, name_of
from ossh.errors import StoreError, UsageError
from ossh.language import _
from ossh.model import ObjectInfo, ObjectVersion
from ossh.paths import folder_of
from ossh.printable import as_word, printable
from ossh.selection import Matcher
from ossh.session.browsing.place import (
    SCHEME,
    Place,
    address_meant,
    named,
    pattern,
    resolve,
    typable,
)
from ossh.spelling import did_you_mean, near
from ossh.store.listing import missing_hint
from ossh.units import format_moment

_NEAR = 3  # names that are shown
# Of a missing object, a missing version, and a version that is a delete marker.
_MISSING_CODES = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"})


class NameLookup:
    """Looks up names as a person types them at a place.

    All of it raises a `UsageError` where there is no bucket to look in, and a `StoreError` if the
    bucket cannot be asked. `catalog` returns the catalog of a place's bucket, `matcher` the test by
    the filters that are on of what is at a place.
    """

    def __init__(
        self, here: Place, catalog: Callable[[Place], Catalog], matcher: Callable[[Place], Matcher]
    ) -> None:
        self._here = here
        self._catalog = catalog
        self._matcher = matcher

    def find(self, text: str) -> NameMatch:
        """Return what a name stands for; an object of exactly that name wins over a glob.

        Raises:
            UsageError: It is not a glob, and no key starts with it.
        """
        place = resolve(self._here, text)
        catalog = self._catalog(place)
        start, glob = patterns.split_glob(pattern(self._here, text))
        if glob:
            first = catalog.first(place.prefix)
            is_folder = first is not None and place.prefix.endswith("/")
            if not is_folder and (first is None or first.key != place.prefix):
                patterns.shell_glob(glob)  # says at once what cannot be read
                return NameMatch(start, glob=glob)
        return self.existing(place, takes_globs=True)

    def existing(self, place: Place, *, takes_globs: bool = False) -> NameMatch:
        """Return what a place's prefix stands for; `takes_globs` where a glob could stand, too.

        Raises:
            UsageError: No key starts with it; the hint is the name that was meant, if one is near.
        """
        try:
            return self._catalog(place).find(place.prefix)
        except NothingThereError as error:
            error.advise(
                did_you_mean(self._near(place, takes_globs=takes_globs)) or self._looking(place)
            )
            raise

    def _looking(self, place: Place) -> str:
        """Return the hint how to see what is at a place, for a name that is not there."""
        if hint := address_meant(place.prefix.removeprefix(self._here.folder)):
            return hint
        if place.bucket != self._here.bucket:
            address = replace(place, prefix="").shown
            return _("'ls {address}' shows what is there").format(address=address)
        if self._here.folder:
            return _("'ls' shows what is here; a leading '/' means the top of the bucket")
        return _("'ls' shows what is here")

    def _near(self, place: Place, *, takes_globs: bool) -> Iterator[str]:
        """Return names that may have been meant by one that is not there, as one types them.

        They are compared as they are shown; some of these can be typed only as globs.
        """
        catalog, folder = self._catalog(place), place.prefix
        while folder := folder_of(folder.removesuffix("/")):
            if catalog.first(folder) is not None:
                break
        wrong = place.prefix[len(folder) :].partition("/")[0]
        level = map(name_of, catalog.completions(folder))
        names = {
            printable(key[len(folder) :].removesuffix("/")): key
            for key in level
            if takes_globs or key == printable(key)
        }
        return (self.typed(replace(place, prefix=names[meant])) for meant in near(wrong, names))

    def typed(self, place: Place) -> str:
        """Return a place as one types it here, as a glob if need be."""
        if place.bucket != self._here.bucket:
            return typable(place.address)
        is_below = place.prefix.startswith(self._here.folder)
        name = place.prefix.removeprefix(self._here.folder) if is_below else f"/{place.prefix}"
        return typable(named(self._here, place, name))

    def contents(
        self, text: str, found: NameMatch, *, levels: bool = False
    ) -> Iterator[Prefix | ObjectInfo]:
        """Yield what a name stands for, in key order, given what `find` returned for it.

        With `levels`, of a prefix only the next level, and prefixes too that a glob matches.

        Raises:
            UsageError: It is a glob that matches nothing.
        """
        place, is_any = resolve(self._here, text), False
        for item in self._catalog(place).matches(found, levels=levels):
            is_any = True
            yield item
        if found.glob and not is_any:
            raise self._no_match(text, found)

    def _no_match(self, text: str, found: NameMatch) -> NothingThereError:
        """Return the error of a glob that matches nothing, with one that would match if any."""
        place, glob = resolve(self._here, text), found.below(found.folder)
        hint = self._looking(place)
        sample = self._catalog(place).sample(found.folder)
        names = [info.key[len(found.folder) :] for info in sample]
        if close := near(glob, names):  # some names can be typed only as globs
            folder = printable(text.removesuffix(glob))
            hint = did_you_mean(folder + typable(one) for one in close)
        for wider in _WIDER:
            matches = patterns.shell_glob(wider(glob))
            if match := next(filter(matches, names), ""):
                typed, key = printable(wider(text)), printable(found.folder + match)
                hint = _("'{glob}' matches '{key}'").format(glob=typed, key=key)
                break
        return NothingThereError(
            _("no key matches '{glob}'").format(glob=printable(text)), hint=hint
        )

    def left_out(self, text: str, found: NameMatch) -> str:
        """Return a prefix that a glob matches beside objects, which does not take what is below it.

        It is "" if the pages that show the first of the objects show none.

        Raises:
            UsageError: The glob matches no object.
        """
        first, prefix = self._catalog(resolve(self._here, text)).first_match(found)
        if first is None:
            raise self._no_match(text, found)
        return prefix

    def versions(self, text: str) -> Iterator[ObjectVersion]:
        """Yield the versions of a key; else of what is below a prefix, or of what a glob matches.

        They come in key order, of each key the newest first.
        """
        place = resolve(self._here, text)
        start, glob = patterns.split_glob(pattern(self._here, text))
        found = NameMatch(start if glob else place.prefix, glob=glob)
        every = self._catalog(place).versions(found.name)
        if glob:
            matches = patterns.shell_glob(found.below(found.folder))
            yield from (one for one in every if matches(one.info.key[len(found.folder) :]))
            return
        folder = found.name if found.name[-1:] in {"", "/"} else f"{found.name}/"
        is_key = False
        for one in every:
            is_key = is_key or one.info.key == found.name != folder  # which comes first
            if one.info.key == found.name or (not is_key and one.info.key.startswith(folder)):
                yield one

    def existing_object(self, key: str) -> tuple[Place, str]:
        """Return where an object is, and the id of its version, "" for the current one.

        Raises:
            UsageError: The key names a bucket or a prefix, or nothing at all.
        """
        place = self._object_place(key)
        found = self.existing(place)
        if found.info is None:
            raise self._is_prefix(replace(place, prefix=found.name))
        return place, found.info.version_id

    def objects(self, text: str, version_id: str = "") -> Iterator[tuple[Place, str]]:
        """Yield where the named objects are: one key, or what a glob and the filters choose.

        With each comes the id of the version that is meant, "" for the current one. A name without
        special characters is taken for a key, without a request unless the place has a moment; so
        is any name if a version of it is wanted.

        Raises:
            UsageError: It names a bucket, or it is a glob that matches nothing, or nothing that
                passes the filters.
        """
        place = self._object_place(text)
        if version_id:
            yield place, version_id
            return
        _start, glob = patterns.split_glob(pattern(self._here, text))
        if not glob or not (found := self.find(text)).glob:
            yield place, self._version(place)
            return
        matches, is_any = self._matcher(replace(place, prefix=found.name)), False
        for item in self.contents(text, found):
            if isinstance(item, ObjectInfo) and matches(item):
                is_any = True
                yield replace(place, prefix=item.key), item.version_id
        if not is_any:
            raise UsageError(
                _("the filters hide everything that '{glob}' matches").format(glob=printable(text)),
                hint=_("'filter' shows them, 'filter clear' removes them"),
            )

    def _version(self, place: Place) -> str:
        """Return the version that an object had at the place's moment, "" if it has none.

        Raises:
            UsageError: It did not exist then.
        """
        if place.as_of is None:
            return ""
        first = self._catalog(place).first(place.prefix)
        if first is not None and first.key == place.prefix:
            return first.version_id
        name = printable(place.prefix)
        raise UsageError(
            _("there was no object '{name}' at {moment}").format(
                name=name, moment=format_moment(place.as_of)
            ),
            hint=_("'ls --versions {name}' lists its versions").format(name=as_word(name)),
        )

    def existing_place(self, text: str) -> Place:
        """Return the place that a name stands for as it is in the bucket: `logs` may mean `logs/`.

        A prefix that ends within a name is accepted only as an address, for it may be a typo.

        Raises:
            UsageError: Nothing is there, or it is an object.
        """
        place = resolve(self._here, text)
        if not place.bucket:
            return place
        catalog = self._catalog(place)
        found = self.existing(place)
        folder = f"{place.prefix}/"
        if found.is_key and catalog.first(folder) is not None:
            return replace(place, prefix=folder)
        name = printable(place.prefix)
        if found.is_key:
            raise UsageError(
                _("'{name}' is an object, not a prefix").format(name=name),
                hint=_("'get {name}' downloads it").format(name=as_word(self.typed(place))),
            )
        if _is_partial(found) and not text.startswith(SCHEME):
            raise UsageError(
                _("there is no prefix '{name}/'").format(name=name),
                hint=_("for all keys that start with it: cd {shown}").format(
                    shown=as_word(place.shown)
                ),
            )
        return replace(place, prefix=found.name)

    def confirm_prefix(self, text: str, found: NameMatch, confirm: Callable[[str], bool]) -> None:
        """Have a person confirm a name that is neither a key nor a folder, only the start of keys.

        It may be a typo. An address is taken as it is, as nobody types one by mistake. `found` is
        what `find` returned for the name.

        Raises:
            UsageError: The answer is no, or there is nobody to ask.
        """
        if found.is_key or not _is_partial(found) or text.startswith(SCHEME):
            return
        place = resolve(self._here, text)
        if not (level := self._catalog(place).completions(found.name)):
            return  # deleted in between
        near = [f"'{self.typed(replace(place, prefix=name_of(one)))}'" for one in level[:_NEAR]]
        name = printable(text)
        question = _("get every key that starts with '{name}', such as {near}?")
        if confirm(question.format(name=name, near=near[0])):
            return
        stars = "**" if any(isinstance(one, Prefix) for one in level) else "*"
        raise UsageError(
            _("there is no key '{name}'").format(name=name),
            hint=_("did you mean {near}? for every key that starts with it: get {glob}").format(
                near=_(" or ").join(near), glob=as_word(name + stars)
            ),
        )

    def _object_place(self, key: str) -> Place:
        place = resolve(self._here, key)
        if not place.prefix:
            raise UsageError(
                _("'{key}' is a bucket, not an object").format(key=key), hint=self._looking(place)
            )
        return place

    @contextmanager
    def explaining_missing(self, place: Place) -> Iterator[None]:
        """Turn the service's error about an object that is not there into one about its name.

        Raises:
            UsageError: It is not there, or it is a prefix.
        """
        try:
            yield
        except StoreError as error:
            if error.code not in _MISSING_CODES:
                raise
            if error.code != "NoSuchKey":
                raise UsageError(str(error), hint=missing_hint(error.code)) from error
            below = replace(place, prefix=f"{place.prefix.removesuffix('/')}/")
            if self._catalog(place).first(below.prefix) is not None:
                raise self._is_prefix(below) from error
            hint = did_you_mean(self._near(place, takes_globs=True)) or self._looking(place)
            raise UsageError(str(error), hint=hint) from error

    def _is_prefix(self, place: Place) -> UsageError:
        name = self.typed(place)
        return UsageError(
            _("'{name}' is a prefix, not an object").format(name=name),
            hint=_("'ls {name}' shows the objects below it, 'get {name}' downloads them").format(
                name=as_word(name)
            ),
        )


def _is_partial(found: NameMatch) -> bool:
    return bool(found.name) and not found.name.endswith("/")


def _deeper(glob: str) -> str:
    folder, slash, last = glob.rstrip("/").rpartition("/")
    return f"{folder}{slash}**/{last}{'/' * glob.endswith('/')}"


_WIDER: tuple[Callable[[str], str], ...] = (
    lambda glob: f"{glob.rstrip('/')}/",  # what lies below the prefixes that a glob names
    lambda glob: f"{glob}*",  # names that only begin so
    _deeper,  # its last name at any depth
)
