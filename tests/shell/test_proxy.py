"""Real proxies and certificates of one's own on the way: by option, by environment, remembered."""

import sys
from collections.abc import Iterator

import pytest

from ossh.demo import DemoServer, certificates
from tests.shell.conftest import Driver, Launcher, commands
from tests.shell.forward_proxy import ForwardProxy, forward_proxy
from tests.shell.tls import tls_before
from tests.unit.network.conftest import plain_environment

__all__ = ["plain_environment"]  # a fixture: no proxy of the machine comes between

LARGE = 1_000_000  # bytes; comes over a stream, and not over the lane of small bodies


@pytest.fixture
def server(server: DemoServer) -> DemoServer:
    server.put("a.bin", b"small")
    server.put("large.bin", size=LARGE)
    return server


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    with forward_proxy() as proxy:
        yield proxy


def test_everything_goes_by_the_proxy_that_was_named(fresh: Driver, proxy: ForwardProxy) -> None:
    assert fresh(f"connect --proxy {proxy.url}").status == 0

    for line in ("ls", "stat a.bin", "buckets", "cat a.bin", "get --to out"):
        proxy.asked.clear()
        assert fresh(line).status == 0, line
        assert proxy.asked, line

    assert (fresh.folder / "out" / "large.bin").read_bytes() == fresh.server.body("large.bin")
    assert f"127.0.0.1:{fresh.server.port}" in proxy.tunnels
    assert f"proxy\t{proxy.url}" in fresh("whoami").lines
    assert "through a proxy" in fresh("doctor").out


def test_it_is_remembered_until_another_is_named_and_no_job_file_keeps_it(
    fresh: Driver, proxy: ForwardProxy
) -> None:
    fresh(f"connect --proxy {proxy.url}")
    fresh("save mine --to out")
    fresh(f"connect --region {fresh.server.region} --endpoint {fresh.server.endpoint}")

    proxy.asked.clear()
    assert fresh("ls").status == 0
    assert proxy.asked
    fresh("open mine")
    proxy.asked.clear()
    assert fresh("get").status == 0
    assert proxy.asked
    fresh("connect --proxy none")
    proxy.asked.clear()
    assert fresh("ls").status == 0
    assert not proxy.asked
    assert proxy.url not in (fresh.folder / "jobs" / "mine.toml").read_text("utf-8")


def test_what_is_named_outweighs_the_environment(
    fresh: Driver, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "*")
    fresh(f"connect --proxy {proxy.url}")

    assert (fresh("ls").status, fresh("stat a.bin").status) == (0, 0)
    assert proxy.asked
    monkeypatch.delenv("no_proxy")
    fresh("connect --proxy none")
    assert (fresh("ls").status, fresh("stat a.bin").status) == (0, 0)


@pytest.mark.parametrize("way", ["option", "environment"])
def test_a_password_comes_from_the_environment_and_is_shown_nowhere(
    own: Launcher, way: str
) -> None:
    with forward_proxy(login="me:hu sh") as proxy:
        named = proxy.url.replace("://", "://me@")
        if way == "option":
            options, changes = ["--proxy", named], {"OSSH_PROXY_PASSWORD": "hu sh"}
        else:
            hidden = proxy.url.replace("://", "://me:hu%20sh@")
            options, changes = [], {"http_proxy": hidden, "HTTP_PROXY": hidden}
        lines = commands("get --to out", "stat a.bin", "whoami")

        done = own(*options, "oss://demo-bucket/", *lines, **changes)
        refused = own("--proxy", proxy.url, "oss://demo-bucket/", "-c", "ls")

    assert (done.returncode, refused.returncode) == (0, 3)
    assert (own.folder / "out" / "large.bin").stat().st_size == LARGE
    assert proxy.tunnels
    assert "asks for a user name and a password" in refused.stderr
    assert "OSSH_PROXY_PASSWORD" in refused.stderr
    assert "hu sh" not in done.stdout + done.stderr
    written = [path for path in own.folder.rglob("*") if path.is_file()]
    assert not any(b"hu sh" in path.read_bytes() for path in written)


def test_the_built_in_bucket_is_reached_without_the_environments_proxy(launch: Launcher) -> None:
    away = "http://127.0.0.1:9"

    done = launch("--demo", "-c", "stat readme.txt", "-c", "ls", http_proxy=away, HTTP_PROXY=away)

    assert done.returncode == 0, done.stderr


def test_a_password_in_an_argument_is_refused_and_not_repeated(own: Launcher) -> None:
    named = "http://me:hush@127.0.0.1:9"

    outer = own("--proxy", named, "-c", "pwd")
    inner = own("-c", f"connect --proxy {named}")

    for said in (outer, inner):
        assert said.returncode == 2
        assert "does not belong in a" in said.stderr
        assert "OSSH_PROXY_PASSWORD" in said.stderr
        assert "hush" not in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("status", "text"), [(403, "refused the connection"), (502, "cannot reach")]
)
def test_a_proxy_that_makes_no_way_is_named_as_what_refuses(
    fresh: Driver, proxy: ForwardProxy, status: int, text: str
) -> None:
    secure = fresh.server.endpoint.replace("http:", "https:")  # for a tunnel, also of a listing
    fresh(f"connect --proxy {proxy.url} --endpoint {secure}")
    proxy.refuses = status

    for line in ("ls", "stat a.bin", "get --to out"):
        said = fresh(line)
        assert said.status == 3, line
        assert text in said.err, line


def test_a_name_that_only_the_proxy_knows_is_reached_by_it(
    fresh: Driver, proxy: ForwardProxy
) -> None:
    fresh.server.add_domain("data.example.invalid")
    proxy.hosts["data.example.invalid"] = ("127.0.0.1", fresh.server.port)
    fresh(f"connect --proxy {proxy.url} --endpoint http://data.example.invalid --cname")

    assert fresh("ls").lines == ["a.bin", "large.bin"]
    assert fresh("stat a.bin").status == 0
    assert fresh("get --to out").status == 0
    assert (fresh.folder / "out" / "a.bin").read_bytes() == b"small"
    assert "data.example.invalid:80" in proxy.tunnels


@pytest.mark.parametrize("line", ["ls", "stat a.bin", "get --to out"])
def test_no_stranger_gets_a_signature_without_a_host_by_refusing_the_region(
    fresh: Driver, proxy: ForwardProxy, line: str
) -> None:
    fresh.server.add_domain("data.example.invalid")
    proxy.hosts["data.example.invalid"] = ("127.0.0.1", fresh.server.port)
    where = "--endpoint http://data.example.invalid --cname --region cn-beijing"
    fresh(f"connect --proxy {proxy.url} {where}")
    fresh.server.clear_requests()

    said = fresh(line)

    assert said.status == 3
    assert "the region is not the bucket's own" in said.err
    assert "give the bucket's own region" in said.err
    asked = fresh.server.requests()
    assert asked
    assert all(one["status"] == 400 and "location" not in one["query"] for one in asked)


def test_a_bundle_that_was_named_is_trusted_and_nothing_else(
    fresh: Driver, proxy: ForwardProxy
) -> None:
    (fresh.folder / "other.pem").write_text(certificates.SELF_SIGNED.read_text())
    with tls_before(fresh.server, fresh.folder) as endpoint:
        fresh(f"connect --endpoint {endpoint} --ca-bundle other.pem")
        assert fresh("ls").status == 3
        fresh(f"connect --endpoint {endpoint} --ca-bundle tls.pem --proxy {proxy.url}")

        for line in ("ls", "stat a.bin", "buckets", "cat a.bin", "get --to out", "doctor"):
            assert fresh(line).status == 0, line

    assert f"127.0.0.1:{endpoint.rpartition(':')[2]}" in proxy.tunnels
    assert not proxy.plain
    assert (fresh.folder / "out" / "large.bin").read_bytes() == fresh.server.body("large.bin")
    assert f"certificates\t{fresh.folder / 'tls.pem'}" in fresh("whoami").lines


def test_the_command_line_names_it_for_a_script(own: Launcher, server: DemoServer) -> None:
    with tls_before(server, own.folder) as endpoint:
        lines = commands("get --to out", "lcd out", "get a.bin --to again")

        done = own("--ca-bundle", "tls.pem", "oss://demo-bucket/", *lines, OSS_ENDPOINT=endpoint)
        wrong = own("--ca-bundle", "missing.pem", "-c", "pwd", OSS_ENDPOINT=endpoint)

    assert done.returncode == 0, done.stderr
    assert (own.folder / "out" / "again" / "a.bin").exists()
    assert wrong.returncode == 2
    assert "missing.pem" in wrong.stderr


@pytest.mark.parametrize("source", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_that_is_dead_is_named_with_its_port_and_variable(
    fresh: Driver, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setenv(source, "http://me:hidden@127.0.0.1:9")
    fresh("connect --region cn-hangzhou --endpoint https://oss-cn-hangzhou.aliyuncs.com")

    said = fresh("ls oss://bucket/")

    variable = source.upper() if sys.platform == "win32" else source
    assert said.status == 3
    assert said.err.splitlines()[-2:] == [
        f"error: cannot list 'oss://bucket/': cannot connect to the proxy 127.0.0.1:9 ({variable})",
        "hint: check that the proxy runs there, or go without one: --proxy none",
    ]


def test_a_dead_proxy_that_was_named_outweighs_the_environment(
    fresh: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    fresh("connect --proxy http://127.0.0.1:10")

    assert "cannot connect to the proxy 127.0.0.1:10 (--proxy)\n" in fresh("ls").err
    assert "cannot connect to the proxy 127.0.0.1:10 (--proxy)" in fresh("doctor").out


def test_of_two_ports_it_could_be_none_is_named(
    fresh: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:10")
    fresh("connect --region cn-hangzhou --endpoint https://oss-cn-hangzhou.aliyuncs.com")

    assert "cannot connect to the proxy 127.0.0.1\n" in fresh("ls oss://bucket/").err
