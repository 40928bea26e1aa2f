"""Finds out where a bucket is, when nothing but its name is known.

Source: OSS API reference, "GetBucketLocation"; asked at the wrong endpoint, OSS names the right
one in its error.
"""

import re
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ossh.language import Words, _
from ossh.model import Cause, Failure, Route, Source
from ossh.store.credentials import Credentials
from ossh.store.endpoint_kinds import equivalent_endpoint, may_redirect
from ossh.store.endpoints import normal_endpoint, normal_region, region_of, split_endpoint
from ossh.store.listing import Lister, PageQuery, read_answer
from ossh.store.retries import with_retries
from ossh.store.signer import Signer

if TYPE_CHECKING:  # it brings libcurl
    from ossh.network import Response

_REGION = re.compile(rb"<LocationConstraint>([^<]*)</LocationConstraint>")


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
            partial(_ask, Lister(lambda: signer, http), source, signer.region),
            _("find the bucket {bucket!r}").format(bucket=source.bucket),
            hints={Cause.DENIED: denied},
        )


def _ask(lister: Lister, source: Source, region: str) -> Source | Failure:
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
    found = _REGION.search(answer.body)
    if found is None:
        raise ValueError(Words("the answer cannot be understood"))
    return normal_region(found[1].decode("ascii", "replace"))
