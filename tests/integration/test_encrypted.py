"""Encrypted objects: by the service, which is transparent, or before they came to it."""

from typing import Any

import pytest

from tests.integration.rig import Place

PART = 512 * 1024
SIZES = [1000, 400_000, 3 * PART]  # one request of many, one of a thread's own, parts
NOW, OF_OLD = "client-side-encryption-key", "oss-crypto-key"
KMS = {
    "x-oss-server-side-encryption": "KMS",
    "x-oss-server-side-encryption-key-id": "9468da86-3509-4f8d-a61e-6eab1eac",
}


@pytest.mark.parametrize(
    ("how", "of_clients"),
    [
        ({"headers": {"x-oss-server-side-encryption": "AES256"}}, 0),
        ({"headers": KMS}, 0),
        ({"meta": {NOW: "d3JhcHBlZA=="}}, 3),
        ({"meta": {OF_OLD: "d3JhcHBlZA=="}}, 3),
    ],
)
def test_encrypted_objects_arrive_as_they_are_served_and_those_of_clients_are_counted(
    place: Place, how: dict[str, Any], of_clients: int
) -> None:
    keys = [f"{size}.bin" for size in SIZES]
    for key, size in zip(keys, SIZES, strict=True):
        place.server.put(key, size=size, **how)
    place.server.put("clear.bin", size=1000)

    for _run in range(2):
        summary = place.get(place.job(part_size=PART))
        assert (summary.status, summary.client_encrypted) == (0, of_clients)
    place.expect(*keys, "clear.bin")
