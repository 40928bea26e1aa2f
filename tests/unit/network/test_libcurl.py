from pathlib import Path

import pytest

from ossh.errors import LocalError
from ossh.network import Http, libcurl


def test_version_names_libcurl_and_what_it_is_made_of() -> None:
    assert libcurl.version().startswith("libcurl/")
    assert "SSL" in libcurl.version().partition("(")[0]  # in brackets is what it does not use


def test_the_bundle_that_comes_with_ossh_vouches_for_the_web(http: Http) -> None:
    assert libcurl.authorities(http) > 50


def test_libcurl_reads_the_bundle_before_it_speaks_tls(http: Http) -> None:
    libcurl.read_authorities(http)


def test_a_bundle_that_cannot_be_read_is_told(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))

    with pytest.raises(LocalError, match="cannot use the CA bundle"):
        libcurl.read_authorities(http)
