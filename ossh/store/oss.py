"""What the prompt asks of OSS through the official SDK: buckets, and one object.

Slow to import, as `sdk` is.
"""

from datetime import UTC, datetime
from typing import Any

from ossh import protocol
from ossh.errors import UsageError
from ossh.language import Words, _
from ossh.model import BucketInfo, ObjectStat, Route, Source
from ossh.network import Timeouts
from ossh.store.credentials import Credentials
from ossh.store.endpoint_kinds import equivalent_endpoint
from ossh.store.endpoints import checked_bucket, normal_region
from ossh.store.listing import info_of
from ossh.store.sdk import Sdk

_NAME_BUCKET = Words(
    "the user needs oss:ListBuckets; without it, go to a bucket by name: cd oss://BUCKET/"
)


class Service:
    """Asks OSS for one source, with one set of credentials.

    With bucket "" only `buckets` works; it asks for so many at once, at most 1000.

    Raises:
        UsageError: The source's endpoint, region or bucket is invalid.
    """

    def __init__(
        self,
        source: Source,
        credentials: Credentials,
        *,
        timeouts: Timeouts | None = None,
        page_size: int = 1000,
        route: Route | None = None,
    ) -> None:
        self._sdk = Sdk(source, credentials, timeouts, route)
        self._bucket = checked_bucket(source.bucket) if source.bucket else ""
        self._payer = {protocol.REQUEST_PAYER: "requester"} if source.requester_pays else {}
        self._page_size = page_size

    def buckets(self) -> tuple[BucketInfo, ...]:
        """Return the account's buckets, of all regions, in order of their names.

        Raises:
            UsageError: There are no credentials, hence no account.
            StoreError: The service refuses, or cannot be reached.
        """
        if self._sdk.is_anonymous:
            raise UsageError(
                _("buckets can only be listed with credentials"),
                hint=_("name the bucket: oss://BUCKET/"),
            )
        found: list[BucketInfo] = []
        marker, more = "", True
        with self._sdk.translated(_("list the buckets"), hint=_NAME_BUCKET):
            service = self._sdk.service()
            while more:
                page = service.list_buckets(marker=marker, max_keys=self._page_size)
                self._sdk.check_origin(page)
                found += [self._bucket_info(item) for item in page.buckets]
                before, marker, more = marker, page.next_marker, page.is_truncated
                if more and marker == before:
                    message = "the same page again, or no marker for the next one"
                    raise ValueError(message)
        return tuple(found)

    def _bucket_info(self, item: Any) -> BucketInfo:  # noqa: ANN401 - oss2 has no types
        region = normal_region(item.region or item.location or "")
        endpoint = equivalent_endpoint(self._sdk.endpoint, region, item.extranet_endpoint)
        created = datetime.fromtimestamp(item.creation_date, UTC)
        return BucketInfo(item.name, region, endpoint, created)

    def stat(self, key: str, version_id: str = "") -> ObjectStat:
        """Return what OSS knows of one object, or of one version; of a symlink also its target.

        Raises:
            StoreError: There is no such object, the service refuses, or cannot be reached.
        """
        _check_key(key)
        with self._sdk.translated(
            _("look up {key!r}").format(key=key),
            hint=_("the user needs oss:GetObject on this bucket"),
        ):
            bucket = self._sdk.bucket(self._bucket)
            which = {"versionId": version_id} if version_id else {}
            answer = bucket.head_object(key, headers=dict(self._payer), params=dict(which))
            self._sdk.check_origin(answer)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            info = info_of(key, headers)
            if info.is_symlink:
                link = bucket.get_symlink(key, params=dict(which), headers=dict(self._payer))
                headers[protocol.SYMLINK_TARGET] = link.target_key
        return ObjectStat(info, headers)


def _check_key(key: str) -> None:
    """Raise when the SDK cannot ask for a key."""
    if not key:
        raise UsageError(_("no key was given"), hint=_("for example: stat logs/app.log"))
    if key in {".", ".."} or any("\ud800" <= char <= "\udfff" for char in key):
        raise UsageError(
            _("the SDK cannot request the key {key!r}").format(key=key),
            hint=_("'get' can download it"),
        )
