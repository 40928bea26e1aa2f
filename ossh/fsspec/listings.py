"""What is there, for fsspec: buckets, and the levels and objects in them, as folders and files."""

import os
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from operator import itemgetter
from typing import Any, Final, Literal, cast, overload

from fsspec.spec import AbstractFileSystem

from ossh.catalog.catalog import Catalog, Prefix
from ossh.errors import OsshError, StoreError
from ossh.fsspec.levels import Info, Remembered, entry, folder, in_order, levels, parent_of
from ossh.fsspec.options import SECRETS, Settings, is_refresh
from ossh.language import _
from ossh.model import Cause, ObjectInfo
from ossh.python.arguments import connection_of
from ossh.python.errors import NO_SUCH_KEY, for_python, translated
from ossh.session import Connection, parse_address
from ossh.session.browsing.place import SCHEME, Place
from ossh.store.interruptible import DaemonPool
from ossh.store.listing import missing_hint

_LISTED_SECONDS: Final = 60.0
_AT_ONCE: Final = 16  # links that are followed


class Listings(AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """A file system as far as it can be listed; what was listed is remembered for a while.

    A level that is remembered is in order and complete, so all questions have the same answer,
    whatever was asked before.
    """

    protocol = "ossh"
    _is_complete = True  # not unpickled without the keys that it had

    def __init__(self, **storage_options: Any) -> None:
        with translated():
            self._settings = Settings.of(storage_options)
        common = {"listings_expiry_time": _LISTED_SECONDS, **self._settings.common}
        super().__init__(**common)
        self.dircache = Remembered(**common)

    @property
    def storage_options(self) -> dict[str, Any]:
        """What it was made with, without the keys; what goes into pickles and JSON."""
        return self._storage_options

    @storage_options.setter
    def storage_options(self, given: dict[str, Any]) -> None:
        self._storage_options = {name: given[name] for name in given if name not in SECRETS}

    def __reduce__(self) -> tuple[Any, ...]:
        state = {"_is_complete": self._settings.credentials is None}
        return partial(type(self), **self.storage_options), (), state

    @cached_property
    def _connection(self) -> Connection:
        """Connect when something is asked for: a process that unpickles this may ask nothing."""
        settings = self._settings
        with translated():
            try:
                connection = connection_of(settings.connection, settings.credentials)
            except StoreError as error:
                if not self._is_complete:
                    lost = _(
                        "keys that a program gave are not pickled: give them here in another way"
                    )
                    error.advise("; ".join(filter(None, [lost, error.hint])))
                raise
        # with the file system, instead of whenever garbage is collected; not as the process ends
        weakref.finalize(self, connection.close).atexit = False
        return connection

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        """Return `BUCKET/KEY` of an address, or a list of them."""
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        return os.fspath(path).removeprefix(f"{cls.protocol}://").removeprefix(SCHEME).strip("/")

    def ls(self, path: str, detail: bool = True, **options: Any) -> list[Any]:
        """Return what lies directly in a folder, or the file of that name."""
        path, refresh = self._strip_protocol(path), is_refresh(options)
        if refresh:
            self.dircache.pop(path, None)
        found = self.dircache.get(path)
        if found is None and (found := self._level(path)) is not None:
            self.dircache[path] = found
        if not found and (itself := self._itself(path, refresh=refresh))["type"] == "file":
            found = [itself]
        found = found or []
        return list(found) if detail else sorted({info["name"] for info in found})

    def _level(self, path: str) -> list[Info] | None:
        """Ask what lies directly in a folder; None if there is no folder."""
        with translated(filename=path):
            if not path:
                return in_order(folder(one.name) for one in self._connection.buckets(fresh=True))
            bucket, catalog = place_of(path).bucket, self._catalog(path)
            prefixes, folders, objects = [below(path)], list[Info](), list[ObjectInfo]()
            is_there = prefixes == [""]
            for prefix in prefixes:
                for node in catalog.level(prefix):
                    is_there = True
                    if not isinstance(node, Prefix):
                        objects.append(node)
                    elif node.prefix == f"{prefix}/":  # a name that is empty
                        prefixes.append(node.prefix)
                    else:
                        folders.append(folder(f"{bucket}/{node.prefix}"))
            files = [one for one in self._entries(bucket, objects) if one["type"] == "file"]
        return in_order([*folders, *files]) if is_there else None

    def _entries(self, bucket: str, objects: Iterable[ObjectInfo]) -> list[Info]:
        """Return what objects are; a link has the size of what it leads to."""
        found = [entry(bucket, one) for one in objects]
        links = [one for one in found if one.get("islink")]
        if links:
            with DaemonPool(min(_AT_ONCE, len(links)), "ossh-link") as pool:
                for link, target in zip(links, pool.map(self._followed, links), strict=True):
                    link.update(target)
        return found

    def _followed(self, link: Info) -> Info:
        """Return size and ETag of what a link leads to; of nothing, if it leads nowhere."""
        try:
            info = self._connection.ranges(place_of(link["name"])).info
        except StoreError as error:
            if error.cause != Cause.GONE:
                raise
            return {}
        return {"size": info.size, "ETag": info.etag}

    def _itself(self, path: str, *, refresh: bool = False) -> Info:
        if refresh:
            for known in (path, alone(path), parent_of(path)):
                self.dircache.pop(known, None)
        if not path:
            return folder(path)
        if (found := self._listed(path)) is None:
            with translated(filename=path):
                found = self._asked(path)
            self.dircache[alone(path)] = [found]
        return found

    def _listed(self, path: str) -> Info | None:
        """Return what is remembered of a path; of a name that is both, the file."""
        for known in (parent_of(path), alone(path)) if path else ():
            level = self.dircache.get(known, ())
            at = bisect_right(level, path, key=itemgetter("name"))
            if at and level[at - 1]["name"] == path:
                return dict(level[at - 1])
        return None

    def _asked(self, path: str) -> Info:
        place, inside, catalog = place_of(path), below(path), self._catalog(path)
        first = catalog.first(place.prefix)
        if first is not None and first.key == place.prefix:
            return self._entries(place.bucket, [first])[0]
        if not inside or (first is not None and catalog.first(inside) is not None):
            return folder(path)
        raise _missing(place)

    def expand_path(self, path: str | list[str], *others: Any, **options: Any) -> list[str]:
        """Return the paths of what a path, a glob, or each of several stands for."""
        try:
            return cast("list[str]", super().expand_path(path, *others, **options))
        except FileNotFoundError as error:
            if isinstance(error, OsshError) or not path:
                raise
            first = self._strip_protocol(path[0] if isinstance(path, list) else path)
            raise for_python(_missing(place_of(first)), filename=first) from None

    def exists(self, path: str, **options: Any) -> bool:
        """Return whether something is there; an error if nobody can say."""
        return self._type_of(path, **options) != ""

    def isdir(self, path: str) -> bool:
        """Return whether it is a folder and not also a file; an error if nobody can say."""
        return self._type_of(path) == "directory"

    def isfile(self, path: str) -> bool:
        """Return whether it is an object; an error if nobody can say."""
        return self._type_of(path) == "file"

    def _type_of(self, path: str, **options: Any) -> str:
        try:
            return str(self.info(path, **options)["type"])
        except IsADirectoryError:
            return "directory"
        except FileNotFoundError:
            return ""

    def walk(
        self,
        path: str,
        maxdepth: int | None = None,
        topdown: bool = True,
        on_error: str | Callable[[OSError], object] = "omit",
        *,
        detail: bool = False,
        **options: Any,
    ) -> Iterator[tuple[str, Any, Any]]:
        """Yield each folder with its folders and its files, by their names in it.

        What is missing is left out; any other error is raised, unless `on_error` takes it.
        """
        _check_depth(maxdepth)
        path = self._strip_protocol(path)
        try:
            listed = self.ls(path, detail=True, **options)
        except OSError as error:
            if callable(on_error):
                on_error(error)
            elif on_error == "raise" or not isinstance(error, FileNotFoundError):
                raise
            return
        above = path and f"{path}/"
        dirs = {one["name"][len(above) :]: one for one in listed if one["type"] == "directory"}
        files = {one["name"][len(above) :]: one for one in listed if one["type"] == "file"}
        shown = (dirs, files) if detail else (list(dirs), list(files))
        if topdown:
            yield path, *shown
        if maxdepth is None or maxdepth > 1:
            depth = maxdepth and maxdepth - 1
            for name in list(shown[0]):  # from which whoever asked may have taken some
                inside = f"{above}{name}"
                yield from self.walk(inside, depth, topdown, on_error, detail=detail, **options)
        if not topdown:
            yield path, *shown

    @overload
    def find(
        self,
        path: str,
        maxdepth: int | None = ...,
        withdirs: bool = ...,
        detail: Literal[False] = ...,
        *,
        prefix: str = ...,
        **options: Any,
    ) -> list[str]: ...
    @overload
    def find(
        self,
        path: str,
        maxdepth: int | None = ...,
        withdirs: bool = ...,
        *,
        detail: Literal[True],
        prefix: str = ...,
        **options: Any,
    ) -> dict[str, Info]: ...
    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,
        detail: bool = False,
        *,
        prefix: str = "",
        **options: Any,
    ) -> list[str] | dict[str, Info]:
        """Return all files below a folder; one listing finds them, however deep they lie.

        With a prefix, those whose names in that folder start so; no others are asked for.
        """
        _check_depth(maxdepth)
        path, refresh = self._strip_protocol(path), is_refresh(options)
        infos = self._all_below(path, maxdepth, prefix, **options)
        try:
            infos.append(folder(path) if infos else self._itself(path, refresh=refresh))
        except FileNotFoundError:
            return {} if detail else []
        start = prefix and f"{path}/{prefix}".removeprefix("/")
        wanted = (
            one
            for one in infos
            if one["name"].startswith(start)
            and (one["type"] == "file" or (withdirs and one["name"]))
        )
        found = {one["name"]: one for one in in_order(wanted)}
        return found if detail else list(found)

    def _all_below(
        self, path: str, maxdepth: int | None, prefix: str = "", **options: Any
    ) -> list[Info]:
        """Return all files and folders below a folder; with a prefix, perhaps only those."""
        if maxdepth is not None:
            walked = self.walk(path, maxdepth, detail=True, **options)
            found = [one for _path, *shown in walked for named in shown for one in named.values()]
            return [one for one in found if one["name"] != path]
        if not path:
            buckets = self.ls(path, **options)
            return buckets + [
                one for each in buckets for one in self._all_below(each["name"], None)
            ]
        with translated(filename=path):
            objects = self._catalog(path).walk(below(path) + prefix)
            swept = levels(path, self._entries(place_of(path).bucket, objects))
        if not prefix:  # then that is all, and nothing else is remembered there
            for known in self.dircache:
                if f"{known}/".startswith(f"{path}/"):
                    self.dircache.pop(known, None)
            self.dircache.update(swept)
        return [info for level in swept.values() for info in level]

    def du(
        self,
        path: str,
        total: bool = True,
        maxdepth: int | None = None,
        withdirs: bool = False,
        **options: Any,
    ) -> int | dict[str, int]:
        """Return the size of all files below a folder, or of each by its path."""
        found = self.find(path, maxdepth, withdirs, detail=True, **options)
        sizes = {name: int(one["size"]) for name, one in found.items()}
        return sum(sizes.values()) if total else sizes

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget what was listed."""
        self.dircache.clear()
        super().invalidate_cache(path)

    def _catalog(self, path: str) -> Catalog:
        return self._connection.objects(place_of(path))


def _missing(place: Place) -> StoreError:
    text = _("nothing is at '{address}'").format(address=place.shown)
    return StoreError(text, hint=missing_hint(""), code=NO_SUCH_KEY, cause=Cause.GONE)


def place_of(path: str) -> Place:
    return parse_address(SCHEME + path)


def below(path: str) -> str:
    """Return what the keys below a folder start with."""
    prefix = place_of(path).prefix
    return prefix and f"{prefix}/"


def alone(path: str) -> str:
    """Return where it is remembered what a path is, if its folder was not listed."""
    return f"{path}/"  # no path ends so


def _check_depth(maxdepth: int | None) -> None:
    if maxdepth is not None and maxdepth < 1:
        raise ValueError("maxdepth must be at least 1")  # fsspec's own words
