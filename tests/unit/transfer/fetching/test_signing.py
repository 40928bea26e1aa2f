"""Signing: tasks become requests, with the credentials of the moment."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from ossh.errors import StoreError
from ossh.model import ByteRange, Entry, Source
from ossh.store.credentials import Credentials, Provider
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.messages import Fetch, Look, Readlink, Request
from ossh.units import moment_at
from tests.unit.transfer.rig import entry

SOURCE = Source("http://127.0.0.1:9", "cn-hangzhou", "bucket")
OLD = Credentials("LTAI-old", "secret", "token-1")
NEW = Credentials("LTAI-new", "secret", "token-2")
WHOLE = Fetch(entry(1, 100, key="a/b c"))


class Store:
    """Credentials as a file would hold them: they can be rewritten."""

    def __init__(self, found: Credentials | None) -> None:
        self.found = found

    def __call__(self) -> Credentials | None:
        """Return what is there now."""
        return self.found


def headers(signing: Signing, task: Fetch | Look) -> Mapping[str, str]:
    pairs = (line.partition(": ") for line in signing(task).headers)
    return {name.lower(): value for name, _, value in pairs}


def test_a_range_is_asked_for_inclusive_and_no_etag_when_none_is_known() -> None:
    task = Fetch(Entry(1, "k", "k", 100, "", moment_at(0.0), "Normal"), ByteRange(10, 60))

    found = headers(Signing(SOURCE, Provider(lambda: OLD)), task)

    assert found["range"] == "bytes=10-59"
    assert "if-match" not in found


@pytest.mark.parametrize(
    ("task", "method", "query", "headers"),
    [
        (Look(entry(1, key="a/b c")), "HEAD", None, {}),
        (Readlink(entry(1, key="a/b c")), "GET", {"symlink": ""}, {}),
        (WHOLE, "GET", None, {"x-oss-range-behavior": "standard", "If-Match": '"E1"'}),
    ],
)
def test_each_request_is_signed_as_it_is_sent_for_this_moment(
    task: Request, method: str, query: Mapping[str, str] | None, headers: Mapping[str, str]
) -> None:
    signing = Signing(SOURCE, Provider(lambda: OLD))

    began = int(time.time())
    signed = signing(task)

    assert signed in [
        signing.signer.sign(method, "a/b c", second, query=query, headers=headers)
        for second in range(began, int(time.time()) + 1)
    ]


def test_credentials_that_were_renewed_for_another_bucket_are_new_here_too() -> None:
    file = Store(OLD)
    provider = Provider(file)
    signing, other = Signing(SOURCE, provider), Signing(SOURCE, provider)
    other.signer.clock_offset = 900.0
    file.found = NEW

    assert provider.reload()

    assert signing.refresh()
    assert other.current_signer() is other.current_signer()
    assert "LTAI-new" in headers(signing, WHOLE)["authorization"]
    assert "LTAI-new" in headers(other, WHOLE)["authorization"]
    assert other.current_signer().clock_offset == 900.0


@pytest.mark.parametrize("found", [OLD, None])
def test_nothing_changes_when_there_are_no_new_credentials(found: Credentials | None) -> None:
    file = Store(OLD)
    provider = Provider(file)
    signing = Signing(SOURCE, provider)
    signer = signing.signer
    file.found = found
    provider.reload()

    assert not signing.refresh()
    assert signing.signer is signer


def test_without_credentials_there_is_no_signing() -> None:
    with pytest.raises(StoreError, match="no credentials"):
        Signing(SOURCE, Provider(lambda: None))


def test_a_signed_url_needs_no_header_but_those_that_no_signature_covers() -> None:
    signing = Signing(SOURCE, Provider(lambda: OLD))

    part = signing.presigned(replace(WHOLE, range=ByteRange(10, 60)), 600)
    look = signing.presigned(Look(entry(1, key="k")), 600)

    assert part.headers == ('If-Match: "E1"', "Range: bytes=10-59")
    assert look.headers == ()
    for url in (part.url, look.url):
        assert "x-oss-expires=600" in url
        assert "secret" not in url
    assert look.url != signing.presigned(Fetch(entry(1, key="k")), 600).url


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
@pytest.mark.parametrize("kind", [Fetch, Look])
def test_every_request_of_a_version_names_it(
    region: str, kind: Callable[[Entry], Fetch | Look]
) -> None:
    source = Source("http://127.0.0.1:9", region, "bucket")
    task = kind(replace(entry(1, key="k"), version_id="CAEQ+/="))

    signed = Signing(source, Provider(lambda: OLD))(task)

    assert signed.url.endswith("?versionId=CAEQ%2B%2F%3D")


def test_where_a_symlink_leads_is_asked_for_in_every_way() -> None:
    signing = Signing(SOURCE, Provider(lambda: OLD))
    task = Readlink(replace(entry(1, key="k"), version_id="v1"))

    url = signing.presigned(task, 600).url

    assert signing(task).url == "http://127.0.0.1:9/bucket/k?symlink&versionId=v1"
    assert "symlink&versionId=v1&" in url
