"""A connection: its user, its endpoint, and what it has asked so far."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import Cause, Failure, Route, Source
from ossh.session.place import Place, no_bucket
from ossh.session.whereabouts import Said, Whereabouts
from ossh.store import credentials as store_credentials
from ossh.store.asking import interruptible
from ossh.store.credentials import ANONYMOUS, Credentials, Outside, Provider
from ossh.store.endpoints import (
    Kind,
    normal_endpoint,
)
from ossh.store.route import with_password

if TYPE_CHECKING:
    from ossh.catalog import Catalog
    from ossh.network import Http
    from ossh.store.oss import BucketInfo, Service
    from ossh.store.reader import Reader
    from ossh.store.signer import Signer

_KINDS = {
    "internal": Kind.INTERNAL,
    "dual_stack": Kind.DUAL_STACK,
    "accelerate": Kind.ACCELERATE,
    "accelerate_overseas": Kind.ACCELERATE_OVERSEAS,
}


_WHERE = {"endpoint", "cname", *_KINDS}


@dataclass(frozen=True, slots=True)
class Options:
    """How to connect, as the user said; never a secret."""

    profile: str = ""
    ecs_role: str = ""  # of this machine; `ANY_ROLE`: the one it has
    endpoint: str = ""
    region: str = ""
    internal: bool = False
    dual_stack: bool = False
    accelerate: bool = False
    accelerate_overseas: bool = False
    cname: bool = False
    anonymous: bool = False
    requester_pays: bool = False
    unsigned_host: bool = False  # for a gateway that rewrites it
    proxy: str = ""  # without a password
    ca_bundle: str = ""
    insecure: bool = (
        False  # accept any certificate; no job file keeps this, so it must be given each time
    )

    def over(self, others: "Options") -> "Options":
        """Return these options, with those of `others` where these say nothing."""
        said = {f.name: value for f in fields(self) if (value := getattr(self, f.name))}
        if "endpoint" in said or "region" in said:  # one of them implies the other
            others = replace(others, endpoint="", region="")
        if said.keys() & _WHERE:  # a job's or the command line's own would contradict it
            others = replace(
                others,
                internal=False,
                dual_stack=False,
                accelerate=False,
                accelerate_overseas=False,
                cname=False,
            )
        if said.keys() & {"profile", "ecs_role", "anonymous"}:  # a user is one of these only
            others = replace(others, profile="", ecs_role="", anonymous=False)
        return replace(others, **said)

    @property
    def said(self) -> Said:
        """Return what is said of where buckets are.

        Raises:
            UsageError: It contradicts itself.
        """
        kinds = [kind for name, kind in _KINDS.items() if getattr(self, name)]
        if len(kinds) > 1 or (kinds and self.cname):
            flags = [*(f"--{kind}" for kind in kinds), "--cname"]
            text = _("{first} and {second} cannot be combined")
            raise UsageError(
                text.format(first=flags[0], second=flags[1]), hint=_("use only one of them")
            )
        return Said(self.endpoint, self.region, kinds[0] if kinds else None, self.cname)

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
            unsigned_host=not source.sign_host,
        )


class Connection:
    """Asks one service, as one user.

    Args:
        options: How to connect.
        environ: Environment variables.
        home: Where configuration files of other tools are.
        ask: Asks a person for credentials if none are found; None if there is nobody to ask.
        provider: Credentials of another connection, which serve here too.
        lookup_endpoint: Where a bucket is looked up when nothing says where it is.
        tell: Takes a line about a bucket that was found to be elsewhere.

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
        tell: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.options = options
        self._tell = tell
        self.route = options.route(environ)
        self._whereabouts = Whereabouts(options.said, self.credentials, self.route, lookup_endpoint)
        self.provider = provider or _provider(options, Outside(environ, home, self.http), ask)
        self.provider.current()
        self._catalogs: dict[Source, Catalog] = {}
        self._signers: dict[Source, tuple[Credentials, Signer]] = {}
        self._settled: set[str] = set()  # buckets whose place was asked for
        self._buckets: tuple[BucketInfo, ...] | None = None

    def check(self) -> None:
        """Check, without a request, that the endpoint or the region is a possible one.

        Raises:
            UsageError: It is not.
        """
        self._whereabouts.check()

    def credentials(self) -> Credentials:
        """Return the current credentials."""
        return self.provider.current()

    @property
    def signs_by_v1(self) -> bool:
        """Tell whether OSS gets signatures of version 1, as nothing says a domain's region."""
        is_known = self.options.region or self.credentials().region or self.options.anonymous
        return self.options.cname and not is_known

    def source(self, place: Place) -> Source:
        """Return where the objects of a place come from.

        Raises:
            UsageError: The endpoint cannot be used.
            StoreError: Nothing says where the bucket is, and it cannot be looked up.
        """
        address = self._whereabouts.address(place.bucket)
        return Source(
            endpoint=address.endpoint,
            region=address.region,
            bucket=place.bucket,
            prefix=place.prefix,
            profile=self.options.profile,
            addressing=address.addressing,
            anonymous=self.options.anonymous,
            requester_pays=self.options.requester_pays,
            sign_host=not self.options.unsigned_host,
        )

    def settle(self, place: Place) -> bool:
        """Find out whether a place's bucket is where it is expected; return whether it is not.

        From then on `source` returns where it really is. The bucket is asked for one key, once,
        unless it has answered already; any other failure is left to the next request to report.

        Raises:
            UsageError, StoreError: As for `source`.
        """
        bucket = place.bucket
        known = self._catalogs.get(self.source(Place(bucket)))
        if bucket not in self._settled and not (known is not None and known.has_answered):
            self._settled.add(bucket)
            self._ask_where(place)
        return self._whereabouts.is_corrected(place.bucket)

    def _ask_where(self, place: Place) -> None:
        from ossh.store.listing import Lister  # noqa: PLC0415 - brings libcurl

        with closing(self.http()) as http:  # no connection stays open during the run that follows
            lister = Lister(partial(self._signer_at, place.bucket), http)
            ask = partial(lister.page, place.prefix, max_keys=1)
            while isinstance(found := interruptible(ask), Failure):
                if found.cause is not Cause.WRONG_ENDPOINT or not self._mend(place.bucket, found):
                    return

    def _mend(self, bucket: str, why: Failure) -> bool:
        """Look for what would make a request to a bucket succeed; return whether it was found."""
        if why.cause is not Cause.WRONG_ENDPOINT:
            return self.provider.reload()
        line = self._whereabouts.correct(bucket, why)
        if line:
            self._tell(line)
        return bool(line)

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

        bucket = source.bucket
        return Catalog(
            Lister(partial(self._signer_at, bucket), self.http()),
            Place(bucket).shown,
            mend=partial(self._mend, bucket),
        )

    def _signer_at(self, bucket: str) -> "Signer":
        """Return the signer for where a bucket is, as far as that is known."""
        return self.signer(self.source(Place(bucket)))

    def signer(self, source: Source) -> "Signer":
        """Return the same signer while the keys are the same: it knows the service's clock."""
        from ossh.store.signer import Signer  # noqa: PLC0415 - not needed just to be somewhere

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

        bucket = place.bucket
        return Reader(
            partial(self._signer_at, bucket),
            self.http(),
            mend=partial(self._mend, bucket),
        )

    def service(self, place: Place) -> "Service":
        """Return what the official SDK can do at a place.

        Raises:
            UsageError, StoreError: As for `source`.
        """
        from ossh.store.oss import Service  # noqa: PLC0415 - the SDK is slow to import

        if place.bucket:
            self.settle(place)
        return Service(self.source(place), self.credentials(), route=self.route)

    def http(self) -> "Http":
        """Return network settings, for callers that send many requests."""
        from ossh.network import Http  # noqa: PLC0415 - brings libcurl

        return Http(route=self.route)

    def buckets(self, *, fresh: bool = False) -> tuple["BucketInfo", ...]:
        """Return the buckets of the account, from memory when they were asked for before.

        Raises:
            UsageError, StoreError: The service cannot be asked.
        """
        if fresh or self._buckets is None:
            if self.source(Place()).addressing == "cname":
                raise UsageError(
                    _("a bucket's own domain cannot list buckets"),
                    hint=_("connect without --cname, to a region's endpoint"),
                )
            self._buckets = self.service(Place()).buckets()
        return self._buckets


def _provider(
    options: Options, outside: Outside, ask: Callable[[], Credentials] | None
) -> Provider:
    found = _find(options, outside)
    if found is None and ask is not None:
        typed = ask()
        return Provider(lambda: typed)
    return Provider(partial(_find, options, outside), found)


def _find(options: Options, outside: Outside) -> Credentials | None:
    if options.anonymous:
        endpoint = outside.variable("OSS_ENDPOINT")
        return replace(ANONYMOUS, endpoint=normal_endpoint(endpoint) if endpoint else "")
    return store_credentials.find(outside, profile=options.profile, ecs_role=options.ecs_role)
