from pathlib import Path

import pytest

from ossh.errors import LocalError
from ossh.network import Http, library


def test_version_names_libcurl_and_what_it_is_made_of() -> None:
    assert library.version().startswith("libcurl/")
    assert "SSL" in library.version()


def test_the_bundle_that_comes_with_ossh_vouches_for_the_web() -> None:
    assert library.authorities() > 50


def test_libcurl_reads_the_bundle_before_it_speaks_tls(http: Http) -> None:
    library.read_authorities(http)


def test_a_bundle_that_cannot_be_read_is_told(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))

    with pytest.raises(LocalError, match="cannot use the CA bundle"):
        library.read_authorities(http)
