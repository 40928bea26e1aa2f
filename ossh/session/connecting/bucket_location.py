"""Where buckets are: as the user says, as follows from a region, or as the service reports.

Source: OSS API reference, "GetBucketLocation"; asked at the wrong endpoint, OSS names the right
one in its error.
"""

import re
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ossh.errors import StoreError, UsageError
from ossh.language import Words, _
from ossh.model import Cause, Failure, Route, Source
from ossh.session.connecting.connection_options import Options
from ossh.store.credentials import Credentials
from ossh.store.endpoint_kinds import (
    EndpointKind,
    endpoint_for,
    equivalent_endpoint,
    is_official,
    may_redirect,
    service_endpoint,
)
from ossh.store.endpoints import normal_endpoint, normal_region, region_of, split_endpoint
from ossh.store.listing import Lister, PageQuery, read_answer
from ossh.store.retries import with_retries
from ossh.store.signer import Signer

if TYPE_CHECKING:  # it brings libcurl
    from ossh.network import Response

# Where a bucket can be looked up from when nothing says where it is.
LOOKUP_REGION = "cn-hangzhou"
# As the reference shows it, and as the SDKs' tests do.
_REGION = rb"<LocationConstraint(?:\s[^<>]*)?>\s*([^<\s]*)\s*</LocationConstraint\s*>"


class BucketLocations:
    """Knows where each bucket is, and learns from the service's errors where it is not.

    A place is a source that says no more than that.
    """

    def __init__(
        self,
        options: Options,  # what a person said
        credentials: Callable[[], Credentials],  # the current ones; they may know endpoints too
        route: Route,
        lookup_endpoint: str = "",  # where a bucket is looked up; "": a public endpoint of OSS
    ) -> None:
        self._options = options
        self._credentials = credentials
        self._route = route
        self._lookup = lookup_endpoint or endpoint_for(LOOKUP_REGION)
        self._located: dict[str, Source] = {}  # by bucket, as are these
        self._corrected: dict[str, Source] = {}
        self._tried: dict[str, set[Source]] = {}

    def source(self, bucket: str) -> Source:
        """Return where a bucket is asked; for "", the service.

        In this order: what the service corrected, what was given, what the source of the
        credentials says, what follows from the region, where the bucket turns out to be.

        Raises:
            UsageError: The endpoint cannot be used.
            StoreError: Nothing says where the bucket is, and it cannot be looked up.
        """
        return self._corrected.get(bucket) or self._supposed(bucket)

    def _supposed(self, bucket: str) -> Source:
        kind, (endpoint, addressing) = self._options.kind, self._given_endpoint(bucket)
        region = self._options.region or (region_of(endpoint) if endpoint else "")
        region = region or self._credentials().region
        if endpoint and kind in {None, EndpointKind.CNAME}:
            if not bucket and addressing != "cname":
                endpoint = service_endpoint(endpoint, region or LOOKUP_REGION)
            return Source(endpoint, region, bucket, addressing=addressing)
        if not region and bucket:
            if bucket not in self._located:
                lookup = Source(self._lookup, LOOKUP_REGION, bucket)
                self._located[bucket] = locate(lookup, self._credentials(), self._route)
            located = self._located[bucket]
            if kind is None or not located.region:
                return located
            region = located.region
        region = region or LOOKUP_REGION
        endpoint = endpoint_for(region, kind or EndpointKind.PUBLIC)
        return Source(endpoint if bucket else service_endpoint(endpoint, region), region, bucket)

    def _given_endpoint(self, bucket: str) -> tuple[str, str]:
        """Return the endpoint that was given, "" for none, and the addressing there."""
        options, addressing = self._options, "auto"
        if options.endpoint:
            endpoint = normal_endpoint(options.endpoint)
        else:
            endpoint, addressing = self._credentials().address_of(bucket)
            if options.region and region_of(endpoint) not in {"", normal_region(options.region)}:
                # Given just now, so it outweighs another region's endpoint from a file.
                endpoint, addressing = "", "auto"
        if options.cname and not endpoint:
            hint = "connect --cname --endpoint https://DOMAIN"
            raise UsageError(_("--cname needs the bucket's domain"), hint=hint)
        return endpoint, "cname" if options.cname else addressing

    def correct(self, bucket: str, why: Failure) -> str:
        """Learn from a `Cause.WRONG_ENDPOINT` where a bucket is; return a line about that.

        The line is "" if nothing changes. Services that redirect back and forth, or to strangers,
        are not followed.
        """
        before = self.source(bucket)
        tried = self._tried.setdefault(bucket, {before})
        found = self._right_place(before, why)
        given = self._supposed(bucket).endpoint
        if found is None or found in tried or not may_redirect(given, found.endpoint):
            return ""
        self._corrected[bucket] = found  # before others could think that it was of no use
        tried.add(found)
        return _correction(before, found)

    def relocation(self, bucket: str, notify: Callable[[str], None]) -> Callable[[Failure], bool]:
        """Return what looks for another place than where a request was refused: a way to mend.

        It is of one request and its repetitions, as for `retried`. All that were refused at one
        place go on at the one that any of them finds, however late they come.
        """
        asked = self.source(bucket)

        def is_elsewhere(why: Failure) -> bool:
            nonlocal asked
            if why.cause is not Cause.WRONG_ENDPOINT:
                return False
            before = asked
            if self.source(bucket) == before and (line := self.correct(bucket, why)):
                notify(line)
            asked = self.source(bucket)
            return asked != before

        return is_elsewhere

    def _right_place(self, before: Source, why: Failure) -> Source | None:
        if why.endpoint:
            region = region_of(why.endpoint)
            with suppress(UsageError):  # what was named is not an endpoint
                endpoint = equivalent_endpoint(before.endpoint, region, why.endpoint)
                return Source(endpoint, region or before.region, before.bucket)
            return None
        if why.code != "InvalidArgument":
            return None
        region = region_of(before.endpoint)
        if region not in {"", before.region}:
            return replace(before, region=region)
        return self._looked_up(before)

    def _looked_up(self, before: Source) -> Source | None:
        """Ask where a bucket is, with signatures that need no region; None if nobody says.

        Such signatures would be valid at OSS too, so nobody else may see them.
        """
        if not (is_official(before.endpoint) or split_endpoint(before.endpoint).is_loopback):
            return None
        with suppress(StoreError):
            found = locate(replace(before, region=""), self._credentials(), self._route)
            is_own = before.addressing == "cname"  # its own domain is right wherever it is
            return replace(found, endpoint=before.endpoint) if is_own else found
        return None


def locate(source: Source, credentials: Credentials, route: Route) -> Source:
    """Return a source with the endpoint and the region that its bucket really has.

    The endpoint is of the same kind as the source's: internal, acceleration, or one that is not of
    OSS's own.

    Raises:
        UsageError: The source's endpoint, region or bucket is invalid.
        StoreError: There is no such bucket, the service refuses, or cannot be reached.
    """
    from ossh.network import Http  # noqa: PLC0415 - brings libcurl

    signer = Signer(source, credentials)
    denied = _("give its endpoint: connect --endpoint https://oss-REGION.aliyuncs.com")
    if signer.is_anonymous:
        denied = _("the bucket is not public: connect with credentials")
    with closing(Http(route=route)) as http:
        return with_retries(
            partial(_reported, Lister(lambda: signer, http), source, signer.region),
            _("find the bucket {bucket!r}").format(bucket=source.bucket),
            hints={Cause.DENIED: denied},
        )


def _reported(lister: Lister, source: Source, region: str) -> Source | Failure:
    endpoint = normal_endpoint(source.endpoint)
    found = read_answer(lister.send("GET", None, query={"location": ""}), _region_in)
    if not isinstance(found, Failure):
        right, named = found, split_endpoint(endpoint).netloc
    elif may_redirect(endpoint, found.endpoint):
        right, named = region_of(found.endpoint), found.endpoint
    elif found.cause is not Cause.DENIED:
        return found
    # Many users may list a bucket but not ask where it is; it is here if that works.
    elif isinstance(page := lister.page(PageQuery("", max_keys=1)), Failure):
        return page
    else:
        return replace(source, endpoint=endpoint, region=region)
    return replace(source, endpoint=equivalent_endpoint(endpoint, right, named), region=right)


def _region_in(answer: "Response") -> str:
    """Return the region in an answer, or raise a `ValueError`."""
    found = re.search(_REGION, answer.body)
    if found is None:
        raise ValueError(Words("the answer cannot be understood"))
    return normal_region(found[1].decode("ascii", "replace"))


def _correction(before: Source, found: Source) -> str:
    bucket = found.bucket
    if found.endpoint != before.endpoint:
        line = _("bucket '{bucket}' is at {right}, not at {wrong}; requests now go there")
        return line.format(bucket=bucket, right=found.endpoint, wrong=before.endpoint)
    if found.region:
        line = _("the region of bucket '{bucket}' is {right}, not {wrong}; requests now use that")
    else:
        line = _("the region of bucket '{bucket}' is not {wrong}; requests now name no region")
    wrong = before.region or _("unknown")
    return line.format(bucket=bucket, right=found.region, wrong=wrong)
