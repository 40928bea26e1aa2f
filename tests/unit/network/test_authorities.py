"""Whose certificates count, and that nobody else's do."""

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import certifi
import pycurl
import pytest

from ossh.demo import certificates
from ossh.demo.impostor import Impostor
from ossh.model import NO_PROXY, Cause, Failure, Route
from ossh.network import Http, Response
from ossh.network.authorities import bundle, joined, remove_left, tls_options
from tests.holding import Hold

OWN_NAMES = ("ossh-authorities-1", "ossh-authorities-2")


@pytest.fixture
def authority(tmp_path: Path) -> str:
    """Return the bundle of a company: a folder's name need not be English."""
    path = tmp_path / "证书 für alle" / "ca.pem"
    path.parent.mkdir()
    path.write_text(certificates.AUTHORITY.read_text())
    return str(path)


def answer(certificate: Path, bundle: str) -> Response | Failure:
    """Return what a server answers that shows a certificate."""
    with closing(Impostor(certificate)) as server:
        return Http(route=Route(NO_PROXY, bundle)).request(server.endpoint, [])


def test_a_bundle_may_lie_in_a_folder_of_any_name(authority: str) -> None:
    found = answer(certificates.GOOD, authority)

    assert isinstance(found, Response)
    assert found.status == 404


def test_what_the_system_trusts_counts_beside_the_bundle(authority: str) -> None:
    company = Path(authority).read_text()

    whole = joined(certifi.where(), company)

    assert isinstance(answer(certificates.GOOD, whole), Response)
    assert Path(certifi.where()).read_text("utf-8") in Path(whole).read_text("utf-8")
    for certificate in (certificates.OTHER_NAME, certificates.EXPIRED, certificates.SELF_SIGNED):
        refused = answer(certificate, whole)
        assert isinstance(refused, Failure)
        assert refused.cause is Cause.TLS


@pytest.mark.parametrize(
    "content", ["missing", "folder", "", "no certificate", "-----BEGIN CERTIFICATE-----"]
)
def test_a_bundle_that_cannot_be_read_vouches_for_nobody(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ca.pem"
    if content == "folder":
        path.mkdir()
    elif content != "missing":
        path.write_text(content)

    found = joined(str(path), certificates.AUTHORITY.read_text())

    assert found == str(path)
    assert tls_options(found, "darwin") == 0  # or macOS would vouch alone
    refused = answer(certificates.GOOD, found)
    assert isinstance(refused, Failure)
    assert refused.cause is Cause.TLS


def test_a_bundle_is_read_again_when_it_has_changed(authority: str) -> None:
    first = joined(authority, certificates.SELF_SIGNED.read_text())
    again = joined(authority, certificates.SELF_SIGNED.read_text())
    Path(authority).write_text(certificates.AUTHORITY.read_text() * 2)

    assert first == again
    assert joined(authority, certificates.SELF_SIGNED.read_text()) != first


def test_macos_is_asked_by_libcurl_itself() -> None:
    assert tls_options(certifi.where(), "darwin") == pycurl.SSLOPT_NATIVE_CA
    assert tls_options(certifi.where(), "linux") == 0


def test_no_file_is_left_behind(authority: str) -> None:
    code = f"from ossh.network.authorities import joined; print(joined({authority!r}, '\\n'))"

    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert found.stdout.strip() != authority
    assert not Path(found.stdout.strip()).exists()


def test_what_killed_processes_left_is_removed_and_what_is_in_use_is_not(
    tmp_path: Path, hold: Hold
) -> None:
    used, left, other = (tmp_path / f"{name}.pem" for name in (*OWN_NAMES, "ossh-mine"))
    for path in (used, left, other):
        path.touch()
    hold(used)

    remove_left(tmp_path)

    assert [used.exists(), left.exists(), other.exists()] == [True, False, True]


def test_the_next_process_removes_the_bundle_of_one_that_was_killed(
    authority: str, tmp_path: Path
) -> None:
    if sys.platform != "win32":
        pytest.skip("elsewhere there is no such bundle")
    code = f"from ossh.network.authorities import joined; print(joined({authority!r}, '\\n'))"
    line = [sys.executable, "-c", f"{code}; import os; os._exit(9)"]
    environ = {**os.environ, "TMP": str(tmp_path), "PYTHONIOENCODING": "utf-8"}

    bundles = [
        Path(
            subprocess.run(line, env=environ, capture_output=True, check=False)
            .stdout.decode()
            .strip()
        )
        for _process in range(2)
    ]

    assert [path.exists() for path in bundles] == [False, True]


def test_on_linux_the_bundle_is_all_that_counts(authority: str) -> None:
    if sys.platform == "win32":
        pytest.skip("what Windows trusts counts there too")

    assert bundle(Route(ca_bundle=authority)) == authority


def test_an_authority_that_windows_trusts_counts() -> None:
    if sys.platform != "win32":
        pytest.skip("needs Windows, or Wine")
    code = (
        "from tests.unit.network.test_authorities import answer, certificates, bundle, Route\n"
        "print(type(answer(certificates.GOOD, '')).__name__)"
    )
    line = [sys.executable, "-c", code]

    with trusted_by_windows(certificates.AUTHORITY.read_text()):
        trusted = subprocess.run(line, check=True, capture_output=True, text=True)
    stranger = subprocess.run(line, check=True, capture_output=True, text=True)

    assert (trusted.stdout, stranger.stdout) == ("Response\n", "Failure\n")


@contextmanager
def trusted_by_windows(certificate: str) -> Iterator[None]:
    """Have Windows trust an authority for a while; skips where that would change a real machine."""
    if sys.platform == "win32":
        import ctypes

        if not hasattr(ctypes.WinDLL("ntdll"), "wine_get_version"):
            pytest.skip("would change what this machine trusts")
        crypt32 = ctypes.WinDLL("crypt32", use_last_error=True)
        crypt32.CertOpenStore.restype = ctypes.c_void_p
        found, der = ctypes.c_void_p(), ssl.PEM_cert_to_DER_cert(certificate)
        provider, user = ctypes.c_void_p(10), 0x10000  # a store of the system; this user's
        store = ctypes.c_void_p(crypt32.CertOpenStore(provider, 0, None, user, "ROOT"))
        added = crypt32.CertAddEncodedCertificateToStore(
            store, 1, der, len(der), 3, ctypes.byref(found)
        )
        written = crypt32.CertControlStore(store, 0, 3, None)  # now, for other processes
        assert (added, written) == (1, 1)
        try:
            yield
        finally:
            crypt32.CertDeleteCertificateFromStore(found)
            crypt32.CertControlStore(store, 0, 3, None)
            crypt32.CertCloseStore(store, 0)
    else:
        yield
