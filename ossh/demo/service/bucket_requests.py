"""The buckets, and what is known of one: where it is, and whether it keeps versions."""

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from ossh.demo.content.buckets import STORY_TIME, Bucket
from ossh.demo.http.answers import Answer, document, elements, iso_date, with_body
from ossh.demo.service.list_requests import OWNER, page_limit


def buckets(
    known: Iterable[Bucket], query: Mapping[str, str], endpoint: str, region: str
) -> Answer:
    """Answer ListBuckets: a page of buckets, by name.

    Raises:
        Refusal: InvalidArgument for a max-keys out of range.
    """
    prefix, marker = query.get("prefix", ""), query.get("marker", "")
    most = page_limit(query)
    names = {b.name: b for b in known if b.name.startswith(prefix) and b.name > marker}
    page = sorted(names)[:most]
    is_truncated = len(page) < len(names)
    fields = {
        "Prefix": escape(prefix),
        "Marker": escape(marker),
        "MaxKeys": str(most),
        "IsTruncated": str(is_truncated).lower(),
    }
    if is_truncated:
        fields["NextMarker"] = page[-1]
    rows = "".join(f"<Bucket>{_facts(names[name], endpoint, region)}</Bucket>\n" for name in page)
    shown = OWNER, elements(fields), f"<Buckets>{rows}</Buckets>"
    return with_body(200, document("ListAllMyBucketsResult", *shown))


def location(region: str) -> Answer:
    return with_body(200, document("LocationConstraint", f"oss-{region}"))


def versioning(bucket: Bucket) -> Answer:
    """Answer GetBucketVersioning; where it was never enabled, there is no status."""
    status = f"<Status>{bucket.versioning}</Status>" if bucket.versioning else ""
    return with_body(200, document("VersioningConfiguration", status))


def _facts(one: Bucket, endpoint: str, region: str) -> str:
    host = escape(one.elsewhere or endpoint.partition("://")[2])
    return (
        f"<CreationDate>{iso_date(STORY_TIME)}</CreationDate>"
        f"<ExtranetEndpoint>{host}</ExtranetEndpoint><IntranetEndpoint>{host}</IntranetEndpoint>"
        f"<Location>oss-{region}</Location><Name>{one.name}</Name><Region>{region}</Region>"
        "<StorageClass>Standard</StorageClass>"
    )
