"""What the service says about itself: its buckets, one bucket, a bucket's region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from ossh.demo.bucket import Bucket
from ossh.demo.refusal import invalid
from ossh.demo.respond import Response, iso_date, with_body

OWNER = "<Owner><ID>1000000000000001</ID><DisplayName>1000000000000001</DisplayName></Owner>"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_DEFAULT_BUCKETS, _MOST_BUCKETS = 100, 1000


def buckets(
    known: Iterable[Bucket], query: Mapping[str, str], endpoint: str, region: str
) -> Response:
    """Answer ListBuckets: a page of buckets, by name.

    Raises:
        Refusal: InvalidArgument for a max-keys out of range.
    """
    prefix, marker = query.get("prefix", ""), query.get("marker", "")
    most = query.get("max-keys") or str(_DEFAULT_BUCKETS)
    if not (most.isascii() and most.isdigit() and 1 <= int(most) <= _MOST_BUCKETS):
        raise invalid("max-keys", most, "max-keys must be between 1 and 1000.")
    names = {b.name: b for b in known if b.name.startswith(prefix) and b.name > marker}
    page = sorted(names)[: int(most)]
    is_truncated = len(page) < len(names)
    rows = "".join(f"<Bucket>{_facts(names[name], endpoint, region)}</Bucket>\n" for name in page)
    following = f"<NextMarker>{page[-1]}</NextMarker>" if is_truncated else ""
    return with_body(
        200,
        f"{_XML}<ListAllMyBucketsResult>{OWNER}<Prefix>{escape(prefix)}</Prefix>"
        f"<Marker>{escape(marker)}</Marker><MaxKeys>{most}</MaxKeys>"
        f"<IsTruncated>{str(is_truncated).lower()}</IsTruncated>{following}"
        f"<Buckets>\n{rows}</Buckets></ListAllMyBucketsResult>\n".encode(),
    )


def bucket(one: Bucket, endpoint: str, region: str) -> Response:
    """Answer GetBucketInfo."""
    acl = "public-read" if one.public else "private"
    return with_body(
        200,
        f"{_XML}<BucketInfo><Bucket>{_facts(one, endpoint, region)}{OWNER}"
        "<DataRedundancyType>LRS</DataRedundancyType>"
        f"<AccessControlList><Grant>{acl}</Grant></AccessControlList>"
        "</Bucket></BucketInfo>\n".encode(),
    )


def location(region: str) -> Response:
    """Answer GetBucketLocation."""
    text = f"{_XML}<LocationConstraint>oss-{region}</LocationConstraint>\n"
    return with_body(200, text.encode())


def _facts(one: Bucket, endpoint: str, region: str) -> str:
    host = escape(one.elsewhere or endpoint.partition("://")[2])
    return (
        f"<CreationDate>{iso_date(one.created)}</CreationDate>"
        f"<ExtranetEndpoint>{host}</ExtranetEndpoint><IntranetEndpoint>{host}</IntranetEndpoint>"
        f"<Location>oss-{region}</Location><Name>{one.name}</Name><Region>{region}</Region>"
        "<StorageClass>Standard</StorageClass>"
    )
