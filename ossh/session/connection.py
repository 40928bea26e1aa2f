"""A connection: as whom, where, and what has been asked so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ossh.model import Route, Source
from ossh.session.place import Place, no_bucket
from ossh.store import credentials as store_credentials
from ossh.store.credentials import ANONYMOUS, Credentials, Provider
from ossh.store.endpoints import endpoint_for, normal_endpoint, normal_region, region_of
from ossh.store.route import with_password

if TYPE_CHECKING:
    from ossh.catalog import Catalog
    from ossh.network import Http
    from ossh.store.oss import BucketInfo, Service
    from ossh.store.reader import Reader
    from ossh.store.signer import Signer

# Where a bucket can be looked up from when nothing says where it is.
LOOKUP_REGION = "cn-hangzhou"


@dataclass(frozen=True, slots=True)
class Options:
    """How to connect, as the user said; never a secret."""

    profile: str = ""
    endpoint: str = ""
    region: str = ""
    internal: bool = False
    accelerate: bool = False
    cname: bool = False
    anonymous: bool = False
    requester_pays: bool = False
    proxy: str = ""  # without a password
    ca_bundle: str = ""
    insecure: bool = False  # believe any certificate; said anew each time, no job file keeps it

    def over(self, others: "Options") -> "Options":
        """Return these options, with those of `others` where these say nothing."""
        said = {f.name: value for f in fields(self) if (value := getattr(self, f.name))}
        if "endpoint" in said or "region" in said:  # one of them implies the other
            others = replace(others, endpoint="", region="")
        return replace(others, **said)

    def route(self, environ: Mapping[str, str]) -> Route:
        """Return by which way requests travel; the environment knows a proxy's password."""
        return Route(with_password(self.proxy, environ), self.ca_bundle, not self.insecure)

    @classmethod
    def of(cls, source: Source) -> "Options":
        """Return the options that lead to a job's source again."""
        return cls(
            profile=source.profile,
            endpoint=source.endpoint,
            region=source.region,
            cname=source.addressing == "cname",
            anonymous=source.anonymous,
            requester_pays=source.requester_pays,
        )


class Connection:
    """Asks one service, as one user.

    Args:
        options: How to connect.
        environ: Environment variables.
        home: Where configuration files of other tools are.
        ask: Asks a person for credentials when none are found; None when there is nobody.
        provider: Credentials of another connection, which serve here too.
        lookup_endpoint: Where a bucket is looked up when nothing says where it is.

    Raises:
        UsageError: A source of credentials that cannot be used.
        StoreError: No credentials were found, and there is nobody to ask.
    """

    def __init__(  # noqa: PLR0913 - all that decides who asks whom
        self,
        options: Options,
        *,
        environ: Mapping[str, str],
        home: Path,
        ask: Callable[[], Credentials] | None = None,
        provider: Provider | None = None,
        lookup_endpoint: str = "",
    ) -> None:
        self.options = options
        self.route = options.route(environ)
        self._lookup = lookup_endpoint or endpoint_for(LOOKUP_REGION)
        self.provider = provider or _provider(options, environ, home, ask)
        self.provider.current()
        self._catalogs: dict[Source, Catalog] = {}
        self._signers: dict[Source, tuple[Credentials, Signer]] = {}
        self._buckets: tuple[BucketInfo, ...] | None = None
        self._located: dict[str, tuple[str, str]] = {}  # bucket: endpoint and region

    def credentials(self) -> Credentials:
        """Return the present credentials."""
        return self.provider.current()

    def source(self, place: Place) -> Source:
        """Return where the objects of a place come from.

        Raises:
            UsageError: The endpoint cannot be used.
            StoreError: Nothing says where the bucket is, and it cannot be looked up.
        """
        endpoint, region, addressing = self._address(place.bucket)
        return Source(
            endpoint=endpoint,
            region=region,
            bucket=place.bucket,
            prefix=place.prefix,
            profile=self.options.profile,
            addressing=addressing,
            anonymous=self.options.anonymous,
            requester_pays=self.options.requester_pays,
        )

    def _address(self, bucket: str) -> tuple[str, str, str]:
        """Return endpoint, region and addressing.

        In this order: what was said, what the source of the credentials says, what follows from
        the region, where the bucket turns out to be.
        """
        options, known = self.options, self.credentials()
        addressing = "cname" if options.cname else "auto"
        if options.endpoint:
            endpoint = normal_endpoint(options.endpoint)
        else:
            endpoint, addressing = known.address_of(bucket)
            if options.region and region_of(endpoint) not in {"", normal_region(options.region)}:
                # Said just now, so it outweighs another region's endpoint from a file.
                endpoint, addressing = "", "auto"
        region = options.region or (region_of(endpoint) if endpoint else "") or known.region
        if endpoint and not (options.internal or options.accelerate):
            return endpoint, region, addressing
        if not region:
            if bucket:
                return (*self._locate(bucket), addressing)
            region = LOOKUP_REGION
        endpoint = endpoint_for(region, internal=options.internal, accelerate=options.accelerate)
        return endpoint, region, addressing

    def _locate(self, bucket: str) -> tuple[str, str]:
        from ossh.store.oss import Service  # noqa: PLC0415 - the SDK is slow to import

        if bucket not in self._located:
            lookup = Source(self._lookup, LOOKUP_REGION, bucket)
            service = Service(lookup, self.credentials(), route=self.route)
            self._located[bucket] = service.locate(bucket)
        return self._located[bucket]

    def catalog(self, place: Place) -> "Catalog":
        """Return the catalog of a place's bucket, the same one each time.

        Raises:
            UsageError, StoreError: As for `source`, or there is no bucket.
        """
        if not place.bucket:
            raise no_bucket()
        source = self.source(Place(place.bucket))
        if source not in self._catalogs:
            self._catalogs[source] = self._new_catalog(source)
        return self._catalogs[source]

    def _new_catalog(self, source: Source) -> "Catalog":
        from ossh.catalog import Catalog  # noqa: PLC0415 - with what follows it brings libcurl
        from ossh.store.listing import Lister  # noqa: PLC0415

        signer = partial(self.signer, source)
        return Catalog(
            Lister(signer, self.http()), Place(source.bucket).shown, renew=self.provider.reload
        )

    def signer(self, source: Source) -> "Signer":
        """Return the same signer while the keys are the same: it knows the service's clock."""
        from ossh.store.signer import Signer  # noqa: PLC0415 - not needed to stand somewhere

        who, held = self.credentials(), self._signers.get(source)
        if held is None or not held[0].same_keys(who):
            held = self._signers[source] = (who, Signer(source, who))
        return held[1]

    def reader(self, place: Place) -> "Reader":
        """Return what reads the objects of a place's bucket.

        Raises:
            UsageError, StoreError: As for `source`.
        """
        from ossh.store.reader import Reader  # noqa: PLC0415 - brings libcurl

        source = self.source(Place(place.bucket))
        return Reader(partial(self.signer, source), self.http(), renew=self.provider.reload)

    def service(self, place: Place) -> "Service":
        """Return what the official SDK can do at a place.

        Raises:
            UsageError, StoreError: As for `source`.
        """
        from ossh.store.oss import Service  # noqa: PLC0415 - the SDK is slow to import

        return Service(self.source(place), self.credentials(), route=self.route)

    def http(self) -> "Http":
        """Return settings of the network for whoever asks many times."""
        from ossh.network import Http  # noqa: PLC0415 - brings libcurl

        return Http(route=self.route)

    def buckets(self, *, fresh: bool = False) -> tuple["BucketInfo", ...]:
        """Return the buckets of the account, from memory when they were asked for before.

        Raises:
            UsageError, StoreError: The service cannot be asked.
        """
        if fresh or self._buckets is None:
            self._buckets = self.service(Place()).buckets()
        return self._buckets


def _provider(
    options: Options,
    environ: Mapping[str, str],
    home: Path,
    ask: Callable[[], Credentials] | None,
) -> Provider:
    find: Callable[[], Credentials | None] = partial(_find, options, environ, home)
    if ask is not None and find() is None:
        find = partial(_same, ask())
    return Provider(find)


def _find(options: Options, environ: Mapping[str, str], home: Path) -> Credentials | None:
    if options.anonymous:
        endpoint = environ.get("OSS_ENDPOINT", "")
        return replace(ANONYMOUS, endpoint=normal_endpoint(endpoint) if endpoint else "")
    return store_credentials.find(options.profile, environ=environ, home=home)


def _same(credentials: Credentials) -> Credentials:
    return credentials
