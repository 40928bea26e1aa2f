from pathlib import Path

import certifi
import pytest

from ossh.errors import UsageError
from ossh.store.transport_options import PASSWORD, checked_bundle, checked_proxy, with_password


@pytest.mark.parametrize(
    ("written", "proxy"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        (" proxy:3128 ", "http://proxy:3128"),
        ("https://me@proxy.example.com:443/", "https://me@proxy.example.com:443"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("none", "none"),
        ("", ""),
    ],
)
def test_a_proxy_is_an_address_with_a_port(written: str, proxy: str) -> None:
    assert checked_proxy(written) == proxy


@pytest.mark.parametrize(
    "written",
    ["proxy", "http://proxy", "socks5://proxy:1", "http://proxy:x", "http://proxy:1/way",
     "http://:3128", "http://proxy:1?a=b", "http://[::1:3128", "no"],
)  # fmt: skip
def test_what_is_no_proxy_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_proxy(written)

    assert "http://proxy.example.com:3128" in (caught.value.hint or "")


@pytest.mark.parametrize("written", ["http://me:hush@proxy:3128", "me:hush@proxy:3128", "me:@p:1"])
def test_a_proxys_password_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(UsageError, match="password") as caught:
        checked_proxy(written)

    assert PASSWORD in (caught.value.hint or "")
    assert "hush" not in f"{caught.value} {caught.value.hint}"


def test_the_password_comes_from_the_environment_for_who_has_a_name() -> None:
    environ = {PASSWORD: "a b/@:"}

    assert with_password("http://me@proxy:3128", environ) == "http://me:a%20b%2F%40%3A@proxy:3128"
    assert with_password("http://proxy:3128", environ) == "http://proxy:3128"
    assert with_password("http://me@proxy:3128", {}) == "http://me@proxy:3128"
    assert with_password("", environ) == ""


def test_a_bundle_is_known_by_its_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ca.pem").write_bytes(Path(certifi.where()).read_bytes())

    assert checked_bundle("ca.pem") == str(tmp_path / "ca.pem")
    assert checked_bundle("") == ""


def test_a_bundle_that_is_not_there_or_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no certificate", encoding="utf-8")

    for name, said in (("missing", "cannot read"), ("text", "contains no certificate")):
        with pytest.raises(UsageError, match=said) as caught:
            checked_bundle(str(tmp_path / name))
        assert "PEM" in (caught.value.hint or "")
