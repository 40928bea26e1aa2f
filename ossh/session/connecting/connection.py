"""A connection: its user, its endpoint, and what it has asked so far."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ossh.catalog.catalog import Catalog
from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.model import BucketInfo, Cause, Failure, ObjectInfo, ObjectStat, Source
from ossh.printable import printable
from ossh.session.browsing.place import Place, no_bucket
from ossh.session.connecting.bucket_location import BucketLocations
from ossh.session.connecting.connection_options import Options
from ossh.store import credentials as store_credentials
from ossh.store.credentials import ANONYMOUS, Credentials, Environment, Provider, Renewal
from ossh.store.interruptible import interruptible
from ossh.store.listing import MAX_KEYS, Lister, PageQuery, missing_hint
from ossh.store.past_listing import lister_for
from ossh.store.retries import ONCE, retried, with_retries
from ossh.store.signer import CurrentSigner, Signer, base_url
from ossh.zipped import MEMBER, archive_keys
from ossh.zipped.zip_lister import ZipLister

if TYPE_CHECKING:  # they bring libcurl
    from ossh.network import Http, Pools
    from ossh.store.bulk_reader import BulkReader
    from ossh.store.http_ahead import HttpAhead
    from ossh.store.object_reader import ObjectRanges, Reader
    from ossh.zipped.zip_archive import ZipArchive

T = TypeVar("T")

_NAME_BUCKET = N_(
    "the user needs oss:ListBuckets; without it, go to a bucket by name: cd oss://BUCKET/"
)


class Connection:
    """Asks one service, as one user.

    What takes a place raises a `UsageError` if its endpoint cannot be used, and a `StoreError` if
    nothing says where its bucket is and it cannot be looked up.

    Raises:
        UsageError: A source of credentials that cannot be used.
        StoreError: No credentials were found, and there is nobody to ask.
    """

    def __init__(  # noqa: PLR0913 - all that decides who asks whom
        self,
        options: Options,
        *,
        environ: Mapping[str, str],
        home: Path,  # where configuration files of other tools are
        ask: Callable[[], Credentials] | None = None,  # a person, if no credentials are found
        provider: Provider | None = None,  # of another connection, which serves here too
        notify: Callable[[str], None] = lambda _line: None,  # takes where a bucket was found
    ) -> None:
        self.options = options
        self._notify = notify
        self._ahead: HttpAhead | None = None  # until a run takes it
        options.check()
        self.route = options.route(environ)
        self.provider = provider or _provider(options, Environment(environ, home, self.route), ask)
        self.provider.current()
        self._locations = BucketLocations(options, self.provider.current, self.route)
        self._catalogs: dict[Source, Catalog] = {}
        self._signers: dict[Source, CurrentSigner] = {}
        self._asked: set[str] = set()  # buckets whose location was asked for
        self._buckets: tuple[BucketInfo, ...] | None = None
        self._http: Http | None = None  # keeps connections from one object to the next
        self._pools: Pools | None = None  # so does this

    def close(self) -> None:
        """Close what was kept for later requests; those that come all the same connect anew."""
        if self._pools is not None:
            self._pools.close()
        if self._http is not None:
            self._http.close()

    def check(self) -> None:
        """Raise a UsageError, without a request, if endpoint or region is not a possible one."""
        if not self.options.cname:  # a domain is of one bucket, and which one is not known here
            self._locations.source("")

    def credentials(self) -> Credentials:
        return self.provider.current()

    @property
    def signs_by_v1(self) -> bool:
        """Return whether OSS gets signatures of version 1, as nothing says a domain's region."""
        is_known = self.options.region or self.credentials().region or self.options.anonymous
        return self.options.cname and not is_known

    def source(self, place: Place) -> Source:
        """Return where the objects of a place come from."""
        return replace(
            self._locations.source(place.bucket),
            prefix=place.prefix,
            profile=self.options.profile,
            anonymous=self.options.anonymous,
            requester_pays=self.options.requester_pays,
            sign_host=not self.options.unsigned_host,
            as_of=place.as_of,
        )

    def prefetch(self, place: Place, *, for_run: bool) -> None:
        """Ask what going to a place will ask, and a run there will first ask; wait for nothing.

        Raises:
            UsageError, StoreError: It is not known where the bucket is.
        """
        from ossh.store.http_ahead import HttpAhead  # noqa: PLC0415 - brings libcurl

        signer, ahead = self._signer_at(place.bucket), HttpAhead(self.route)
        for max_keys in (1, MAX_KEYS) if for_run else (1,):
            query = PageQuery(place.prefix, max_keys=max_keys).parameters
            ahead.send_ahead(signer.sign("GET", None, time.time(), query=query))
        if for_run:
            ahead.connect_ahead(base_url(self.source(place)))
        self._ahead = ahead

    def correct_location(self, place: Place) -> None:
        """Ask a place's bucket for one key, so that from then on `source` returns where it is.

        It is asked once, unless it has answered already; any other failure is left to the next
        request to report.
        """
        bucket = place.bucket
        known = self._catalogs.get(self.source(Place(bucket)))
        if bucket not in self._asked and not (known is not None and known.has_answered):
            self._asked.add(bucket)
            with closing(self.http()) as http:  # whose connection does not outlast this
                lister = Lister(partial(self._signer_at, bucket), http)
                ask = partial(lister.page, PageQuery(place.prefix, max_keys=1))
                mend = self._mend_at(bucket)
                retried(partial(interruptible, ask), ONCE, mend=mend, sleep=time.sleep)

    def _mend_at(self, bucket: str) -> Callable[[Failure], bool]:
        """Return what recovers for one request, while others may recover as well."""
        renewal = Renewal(self.provider)
        relocation = self._locations.relocation(bucket, self._notify)
        return lambda why: renewal(why) or relocation(why)

    def catalog(self, place: Place) -> Catalog:
        """Return the one catalog of a place's bucket; a UsageError if there is no bucket."""
        if not place.bucket:
            raise no_bucket()
        whole = place.top
        source = self.source(whole)

        def opened(info: ObjectInfo) -> "ObjectRanges":
            archive, known = replace(whole, prefix=info.key), None if info.is_symlink else info
            return self.ranges(archive, info=known, version_id=info.version_id)

        if source not in self._catalogs:
            lister = ZipLister(self._lister(whole, self._ahead or self._shared_http()), opened)
            new_mend = partial(self._mend_at, place.bucket)
            self._catalogs[source] = Catalog(lister, whole.shown, new_mend=new_mend)
        return self._catalogs[source]

    def objects(self, place: Place) -> Catalog:
        """Return a catalog of a place's bucket in which an archive is an object like others.

        Raises:
            UsageError: There is no bucket.
        """
        if not place.bucket:
            raise no_bucket()
        lister = self._lister(place.top, self._shared_http())
        return Catalog(lister, place.top.shown, new_mend=partial(self._mend_at, place.bucket))

    def _lister(self, whole: Place, http: "Http") -> Lister:
        return lister_for(self.source(whole), partial(self._signer_at, whole.bucket), http)

    def archive(self, place: Place) -> "ZipArchive | None":
        """Return the archive that a place lies in, None if it lies in none.

        Raises:
            UsageError: The archive is damaged.
            StoreError: The bucket cannot be asked.
        """
        if not any(archive_keys(place.prefix)):
            return None
        catalog = self.catalog(place)
        first, lister = catalog.first(place.prefix), catalog.lister
        if first is None or not first.type.startswith(MEMBER) or not isinstance(lister, ZipLister):
            return None
        found = lister.archive(place.prefix)
        return None if isinstance(found, Failure) else found

    def _signer_at(self, bucket: str) -> Signer:
        """Return the signer for where a bucket is, as far as that is known."""
        return self.signer(self.source(Place(bucket)))

    def signer(self, source: Source) -> Signer:
        """Return the same signer while the keys are the same; all know the service's clock."""
        self.credentials()  # renewed if they are about to expire
        if source not in self._signers:
            self._signers[source] = CurrentSigner(source, self.provider)
        return self._signers[source].current_signer()

    def reader(self, place: Place) -> "Reader":
        from ossh.store.object_reader import Reader  # noqa: PLC0415 - brings libcurl

        return Reader(self.bulk_reader(), place.bucket)

    def ranges(
        self, place: Place, *, info: ObjectInfo | None = None, version_id: str = ""
    ) -> "ObjectRanges":
        """Return the bytes of an object, to be read in any order; without its info, a request asks.

        Raises:
            UsageError: No object is named.
            StoreError: It cannot be looked up.
        """
        from ossh.store.object_reader import ObjectRanges  # noqa: PLC0415 - brings libcurl

        if not place.bucket or not place.prefix:
            raise UsageError(
                _("'{place}' does not name an object").format(place=place.shown),
                hint="oss://BUCKET/KEY",
            )
        info = info or self._look_up(place, version_id, Lister.head)
        info = replace(info, version_id=version_id or info.version_id)
        return ObjectRanges(self.bulk_reader(), place.bucket, info)

    def stat(self, place: Place, version_id: str = "") -> ObjectStat:
        """Return what the service says of an object, or of one of its versions.

        Raises:
            UsageError, StoreError: It cannot be asked, or has no such object.
        """
        self.correct_location(place)
        return self._look_up(place, version_id, Lister.stat)

    def _look_up(
        self, place: Place, version_id: str, look: Callable[[Lister, str, str], T | Failure]
    ) -> T:
        lister = Lister(partial(self._signer_at, place.bucket), self._shared_http())
        denied = _("the user needs oss:GetObject on this bucket")
        if self.credentials().anonymous:
            denied = _("the bucket is not public: connect with credentials")
        return with_retries(
            partial(look, lister, place.prefix, version_id),
            _("look up '{key}'").format(key=printable(place.prefix)),
            mend=self._mend_at(place.bucket),
            hints={
                Cause.GONE: missing_hint("NoSuchVersion" if version_id else ""),
                Cause.DENIED: denied,
            },
        )

    def bulk_reader(self) -> "BulkReader":
        from ossh.network import Pools  # noqa: PLC0415 - brings libcurl
        from ossh.store.bulk_reader import BulkReader  # noqa: PLC0415 - as above

        if self._pools is None:
            self._pools = Pools(self._shared_http())
        return BulkReader(self._signer_at, self._mend_at, self._pools)

    def _shared_http(self) -> "Http":
        if self._http is None:
            self._http = self.http()
        return self._http

    def http(self) -> "Http":
        """Return network settings, for callers that send many requests.

        The first caller gets those of `prefetch`, for it may be the run that was thought of: later
        ones want to know what is in the bucket by then.
        """
        from ossh.network import Http  # noqa: PLC0415 - brings libcurl

        ahead, self._ahead = self._ahead, None
        return ahead or Http(route=self.route)

    def buckets(self, *, fresh: bool = False) -> tuple[BucketInfo, ...]:
        """Return the buckets of the account, from memory when they were asked for before.

        Raises:
            UsageError, StoreError: The service cannot be asked.
        """
        if fresh or self._buckets is None:
            source = self.source(Place())
            if source.addressing == "cname":
                raise UsageError(
                    _("a bucket's own domain cannot list buckets"),
                    hint=_("connect without --cname, to a region's endpoint"),
                )
            if self.credentials().anonymous:
                raise UsageError(
                    _("buckets can only be listed with credentials"),
                    hint=_("name the bucket: oss://BUCKET/"),
                )
            from ossh.network import Http  # noqa: PLC0415 - brings libcurl
            from ossh.store.sdk import list_buckets  # noqa: PLC0415 - the SDK is slow to import

            lister = Lister(partial(self._signer_at, ""), Http(route=self.route))
            self._buckets = with_retries(
                partial(list_buckets, lister, source.endpoint),
                _("list the buckets"),
                mend=Renewal(self.provider),
                hints={Cause.DENIED: _(_NAME_BUCKET)},
            )
        return self._buckets


def _provider(
    options: Options, environment: Environment, ask: Callable[[], Credentials] | None
) -> Provider:
    found = _find(options, environment)
    if found is None and ask is not None:
        typed = ask()
        return Provider(lambda: typed)
    return Provider(partial(_find, options, environment), found)


def _find(options: Options, environment: Environment) -> Credentials | None:
    if options.anonymous:
        return store_credentials.located(ANONYMOUS, environment)
    return store_credentials.find(environment, profile=options.profile, ecs_role=options.ecs_role)
