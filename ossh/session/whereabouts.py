"""Where buckets are: as the user says, as follows from a region, or as the service reports."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from ossh.errors import StoreError, UsageError
from ossh.language import _
from ossh.model import Failure, Route, Source, value
from ossh.store.credentials import Credentials
from ossh.store.endpoints import (
    Kind,
    endpoint_for,
    is_loopback,
    is_own,
    kindred,
    may_lead,
    normal_endpoint,
    normal_region,
    region_of,
    service_endpoint,
)

# Where a bucket can be looked up from when nothing says where it is.
LOOKUP_REGION = "cn-hangzhou"


@value
class Said:
    """What a person said of where buckets are."""

    endpoint: str = ""
    region: str = ""
    kind: Kind | None = None  # which of a region's endpoints
    is_cname: bool = False  # the endpoint is a domain of the bucket's own


@value
class Address:
    """Where one bucket is asked, or, for no bucket, the service."""

    endpoint: str
    region: str  # "" when it is not known
    addressing: str = "auto"  # or cname


class Whereabouts:
    """Knows where each bucket is, and learns from the service's errors where it is not.

    Args:
        said: By a person.
        credentials: Returns the current ones; their source may know endpoints too.
        route: By which way a bucket is looked up.
        lookup_endpoint: Where that is done; "" for a public endpoint of OSS.
    """

    def __init__(
        self,
        said: Said,
        credentials: Callable[[], Credentials],
        route: Route,
        lookup_endpoint: str = "",
    ) -> None:
        self._said = said
        self._credentials = credentials
        self._route = route
        self._lookup = lookup_endpoint or endpoint_for(LOOKUP_REGION)
        self._located: dict[str, tuple[str, str]] = {}  # bucket: endpoint and region
        self._corrected: dict[str, Address] = {}  # by bucket
        self._tried: dict[str, set[Address]] = {}

    def address(self, bucket: str) -> Address:
        """Return where a bucket is asked; for "", the service.

        In this order: what the service corrected, what was said, what the source of the
        credentials says, what follows from the region, where the bucket turns out to be.

        Raises:
            UsageError: The endpoint cannot be used.
            StoreError: Nothing says where the bucket is, and it cannot be looked up.
        """
        return self._corrected.get(bucket) or self._supposed(bucket)

    def check(self) -> None:
        """Look, without asking anybody, whether what was said can be an endpoint or a region.

        Raises:
            UsageError: It cannot.
        """
        if not self._said.is_cname:  # a domain is of one bucket, and which one is not said here
            self.address("")

    def is_corrected(self, bucket: str) -> bool:
        """Tell whether a bucket turned out to be elsewhere than was thought."""
        return bucket in self._corrected

    def _supposed(self, bucket: str) -> Address:
        kind, (endpoint, addressing) = self._said.kind, self._said_endpoint(bucket)
        region = self._said.region or (region_of(endpoint) if endpoint else "")
        region = region or self._credentials().region
        if kind is None and endpoint:
            if not bucket and addressing != "cname":
                endpoint = service_endpoint(endpoint, region or LOOKUP_REGION)
            return Address(endpoint, region, addressing)
        if not region and bucket:
            endpoint, region = self._locate(bucket)
            if kind is None or not region:
                return Address(endpoint, region)
        region = region or LOOKUP_REGION
        endpoint = endpoint_for(region, kind or Kind.PUBLIC)
        return Address(endpoint if bucket else service_endpoint(endpoint, region), region)

    def _said_endpoint(self, bucket: str) -> tuple[str, str]:
        """Return the endpoint that was said, "" for none, and the addressing there."""
        said, addressing = self._said, "auto"
        if said.endpoint:
            endpoint = normal_endpoint(said.endpoint)
        else:
            endpoint, addressing = self._credentials().address_of(bucket)
            if said.region and region_of(endpoint) not in {"", normal_region(said.region)}:
                # Said just now, so it outweighs another region's endpoint from a file.
                endpoint, addressing = "", "auto"
        if said.is_cname and not endpoint:
            hint = "connect --cname --endpoint https://DOMAIN"
            raise UsageError(_("--cname needs the bucket's domain"), hint=hint)
        return endpoint, "cname" if said.is_cname else addressing

    def _locate(self, bucket: str) -> tuple[str, str]:
        if bucket not in self._located:
            self._located[bucket] = self._ask(Source(self._lookup, LOOKUP_REGION, bucket))
        return self._located[bucket]

    def _ask(self, source: Source) -> tuple[str, str]:
        """Return endpoint and region of a source's bucket, as the service reports them."""
        from ossh.store.oss import Service  # noqa: PLC0415 - the SDK is slow to import

        return Service(source, self._credentials(), route=self._route).locate(source.bucket)

    def correct(self, bucket: str, why: Failure) -> str:
        """Learn from a failure where a bucket is; return a line about that, "" for no news.

        Services that redirect back and forth, or to strangers, are not followed.

        Args:
            bucket: That was asked in the wrong place.
            why: `Cause.WRONG_ENDPOINT`.
        """
        before = self.address(bucket)
        tried = self._tried.setdefault(bucket, {before})
        found = self._right_place(bucket, before, why)
        given = self._supposed(bucket).endpoint
        if found is None or found in tried or not may_lead(given, found.endpoint):
            return ""
        tried.add(found)
        self._corrected[bucket] = found
        return _news(bucket, before, found)

    def _right_place(self, bucket: str, before: Address, why: Failure) -> Address | None:
        if why.endpoint:
            region = region_of(why.endpoint)
            with suppress(UsageError):  # what was named is not an endpoint
                endpoint = kindred(before.endpoint, region, why.endpoint)
                return Address(endpoint, region or before.region)
            return None
        if why.code != "InvalidArgument":
            return None
        region = region_of(before.endpoint)
        if region not in {"", before.region}:
            return replace(before, region=region)
        return self._looked_up(bucket, before)

    def _looked_up(self, bucket: str, before: Address) -> Address | None:
        """Ask where a bucket is, with signatures that need no region; None if nobody says.

        Such signatures would be valid at OSS too, so nobody else may see them.
        """
        if not (is_own(before.endpoint) or is_loopback(before.endpoint)):
            return None
        with suppress(StoreError):
            source = Source(before.endpoint, "", bucket, addressing=before.addressing)
            endpoint, region = self._ask(source)
            if before.addressing == "cname":  # its own domain is right wherever it is
                endpoint = before.endpoint
            return Address(endpoint, region, before.addressing)
        return None


def _news(bucket: str, before: Address, found: Address) -> str:
    """Return a line that says where a bucket is, and where it is not."""
    if found.endpoint != before.endpoint:
        line = _("bucket '{bucket}' is at {right}, not at {wrong}; requests now go there")
        return line.format(bucket=bucket, right=found.endpoint, wrong=before.endpoint)
    if found.region:
        line = _("the region of bucket '{bucket}' is {right}, not {wrong}; requests now use that")
    else:
        line = _("the region of bucket '{bucket}' is not {wrong}; requests now name no region")
    wrong = before.region or _("unknown")
    return line.format(bucket=bucket, right=found.region, wrong=wrong)
