"""The SDK's clients as they are set up; how its errors are told is in test_oss.py."""

from contextlib import closing
from pathlib import Path

import pytest

from ossh.demo import certificates
from ossh.demo.impostor import Impostor
from ossh.errors import StoreError
from ossh.model import Source
from ossh.store.credentials import Credentials
from ossh.store.oss import Service


def test_the_certificates_of_the_environment_are_used(
    keys: Credentials, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "mine.pem"
    bundle.write_text(certificates.AUTHORITY)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    with closing(Impostor(certificates.GOOD)) as server, pytest.raises(StoreError) as caught:
        Service(Source(server.endpoint, "cn-hangzhou", "my-bucket"), keys).stat("k")

    assert caught.value.cause == "not-oss"  # it answered
    assert server.received.startswith(b"HEAD /my-bucket/k HTTP/1.1\r\n")
