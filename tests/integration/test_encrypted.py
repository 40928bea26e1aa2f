"""Encrypted objects: by the service, which is transparent, or before they came to it."""

import pytest

from tests.integration.rig import Place

PART = 512 * 1024
SIZES = [1000, 400_000, 3 * PART]  # one request of many, one of a thread's own, parts
NOW, OF_OLD = "client-side-encryption-key", "oss-crypto-key"
KMS = {
    "x-oss-server-side-encryption": "KMS",
    "x-oss-server-side-encryption-key-id": "9468da86-3509-4f8d-a61e-6eab1eac",
}


@pytest.mark.parametrize("headers", [{"x-oss-server-side-encryption": "AES256"}, KMS])
def test_what_the_service_encrypts_arrives_in_the_clear_unasked(
    place: Place, headers: dict[str, str]
) -> None:
    keys = [f"{size}.bin" for size in SIZES]
    for key, size in zip(keys, SIZES, strict=True):
        place.server.put(key, size=size, headers=headers)

    summary = place.get(place.job(part_size=PART))

    assert (summary.status, summary.client_encrypted) == (0, 0)
    place.expect(*keys)


@pytest.mark.parametrize("name", [NOW, OF_OLD])
def test_what_was_encrypted_before_is_saved_as_stored_and_counted(place: Place, name: str) -> None:
    keys = [f"{size}.bin" for size in SIZES]
    for key, size in zip(keys, SIZES, strict=True):
        place.server.put(key, size=size, meta={name: "d3JhcHBlZA=="})
    place.server.put("clear.bin", size=1000)

    summary = place.get(place.job(part_size=PART))

    assert (summary.status, summary.client_encrypted) == (0, 3)
    place.expect(*keys, "clear.bin")
    assert place.get(place.job(part_size=PART)).client_encrypted == 3
