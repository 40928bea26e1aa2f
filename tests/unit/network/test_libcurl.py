import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ossh.demo import certificates
from ossh.demo.impostor import Impostor
from ossh.errors import LocalError
from ossh.network import Http, libcurl


def run(code: str, **environ: str) -> str:
    """Run code in a process of its own: the library is chosen once in each."""
    line = [sys.executable, "-c", code]
    changed = {**os.environ, **environ}
    return subprocess.run(line, check=True, capture_output=True, text=True, env=changed).stdout


def test_schannel_speaks_for_nobody_whatever_the_environment_chooses() -> None:
    code = "import os; from ossh.network import libcurl as l; print(l.backend(), os.environ[{0!r}])"

    said = run(code.format("CURL_SSL_BACKEND"), CURL_SSL_BACKEND="schannel")

    assert "Schannel" not in said.partition("(")[0]
    assert said.split()[-1] == "schannel"  # as it was, for programs that are started later


def test_choosing_again_changes_nothing() -> None:
    before = libcurl.backend()

    libcurl.use_openssl()

    assert libcurl.backend() == before


def test_version_names_libcurl_and_what_it_is_made_of() -> None:
    assert libcurl.version().startswith("libcurl/")
    assert "SSL" in libcurl.version().partition("(")[0]  # in brackets is what it does not use


def test_libcurl_reads_the_bundle_before_it_speaks_tls(http: Http) -> None:
    with closing(Impostor(certificates.SELF_SIGNED)) as server:
        libcurl.read_authorities(http, server.endpoint)


def test_a_bundle_that_cannot_be_read_is_told(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))

    with (
        closing(Impostor(certificates.SELF_SIGNED)) as server,
        pytest.raises(LocalError, match="cannot use the CA bundle"),
    ):
        libcurl.read_authorities(http, server.endpoint)
