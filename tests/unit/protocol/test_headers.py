import pytest

from ossh.model import Thaw
from ossh.protocol import CLIENT_ENCRYPTION, is_client_encrypted, thaw_of


@pytest.mark.parametrize("name", CLIENT_ENCRYPTION)
def test_either_header_says_that_an_object_is_stored_as_ciphertext(name: str) -> None:
    assert is_client_encrypted({"content-length": "1", name: "a2V5"})
    assert not is_client_encrypted({"x-oss-server-side-encryption": "KMS"})


@pytest.mark.parametrize(
    ("restore", "thaw"),
    [
        ("", Thaw.NONE),
        (" ", Thaw.NONE),
        ('ongoing-request="true"', Thaw.ONGOING),
        ('ongoing-request="false", expiry-date="Thu, 24 Sep 2020 12:40:33 GMT"', Thaw.DONE),
    ],
)
def test_header_says_how_far_an_archived_object_is(restore: str, thaw: Thaw) -> None:
    assert thaw_of(restore) is thaw
