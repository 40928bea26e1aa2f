"""Job files from somebody else: what they cannot do, and what is asked about once."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Launcher, NewDriver
from tests.shell.forward_proxy import ForwardProxy, forward_proxy
from tests.shell.terminal import Terminal

pytestmark = pytest.mark.fault("F52")

FOREIGN = "http://files.example.com"


def plant(folder: Path, endpoint: str, directory: str, source: str = "", target: str = "") -> Path:
    """Write the job file of a stranger."""
    path = folder / "jobs" / "theirs.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f'version = 1\n[source]\nendpoint = "{endpoint}"\nbucket = "demo-bucket"\n{source}'
        f'[target]\ndirectory = "{directory}"\n{target}',
        encoding="utf-8",
    )
    return path


def region(server: DemoServer) -> str:
    return f'region = "{server.region}"\n'


@pytest.fixture
def filled(server: DemoServer) -> DemoServer:
    server.put("a.txt", b"theirs")
    return server


@pytest.mark.parametrize(
    "way",
    [
        ("jobs/theirs.toml", "-c", "get"),
        ("-c", "open theirs", "-c", "get"),
        ("script.ossh",),
        ("-t", "session.transcript"),
        ("jobs/theirs.toml", "-c", "verify"),
        ("jobs/theirs.toml", "-c", "refresh"),
        ("jobs/theirs.toml", "-c", "preview"),
    ],
)
def test_a_target_elsewhere_needs_trust_by_every_way_in(
    launch: Launcher, filled: DemoServer, way: tuple[str, ...]
) -> None:
    plant(launch.folder, filled.endpoint, "~/.ssh", region(filled))
    (launch.folder / "script.ossh").write_text("open theirs\nget\n")
    (launch.folder / "session.transcript").write_text("ossh> open theirs\n")
    before = filled.requests()

    done = launch(*way, **launch.keys(filled))

    if "-t" not in way:  # its status tells of differences
        assert done.returncode == 2
    assert f"the target {launch.folder / 'home' / '.ssh'} is outside" in done.stderr
    assert "'ossh --trust'" in done.stderr
    assert not (launch.folder / "home" / ".ssh").exists()
    assert filled.requests() == before


def test_trust_is_given_once_and_lasts_until_source_or_target_change(
    launch: Launcher, filled: DemoServer
) -> None:
    job = plant(launch.folder, filled.endpoint, "~/.there", region(filled))
    keys = launch.keys(filled)

    assert launch("--trust", str(job), "-c", "status", **keys).returncode == 0
    assert launch(str(job), "-c", "get", **keys).returncode == 0
    assert (launch.folder / "home" / ".there" / "a.txt").exists()

    plant(launch.folder, filled.endpoint, "~/.elsewhere", region(filled))
    assert launch(str(job), "-c", "status", **keys).returncode == 2


def test_a_manifest_vouches_for_no_target_but_the_one_it_ran_with(
    launch: Launcher, filled: DemoServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    keys, far = launch.keys(filled), tmp_path_factory.mktemp("far")
    made = launch("oss://demo-bucket/", "-c", f"get --to {far} --name theirs", **keys)
    assert made.returncode == 0, made.stderr
    fresh = {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")), **keys}  # as in a container

    again = launch("jobs/theirs.toml", "-c", "get", **fresh)
    assert again.returncode == 0, again.stderr
    plant(launch.folder, filled.endpoint, "~/.ssh", region(filled))
    changed = launch("jobs/theirs.toml", "-c", "get", **fresh)

    assert changed.returncode == 2
    assert f"the target {launch.folder / 'home' / '.ssh'} is outside" in changed.stderr
    assert not (launch.folder / "home" / ".ssh").exists()


@pytest.mark.parametrize("directory", ["..", "."])
def test_the_project_of_a_job_file_is_no_target_without_a_question(
    launch: Launcher, filled: DemoServer, directory: str
) -> None:
    filled.put(".git/config", b"theirs")
    job = plant(launch.folder, filled.endpoint, directory, region(filled))

    done = launch(str(job), "-c", "get", **launch.keys(filled))

    assert done.returncode == 2
    assert "contains the job file, the current directory or your home directory" in done.stderr
    assert not list(launch.folder.rglob(".git"))


def test_a_job_made_here_and_a_job_near_its_file_are_never_asked_about(
    launch: Launcher, filled: DemoServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    keys, far = launch.keys(filled), tmp_path_factory.mktemp("far")
    saved = launch("oss://demo-bucket/", "-c", f"save mine --to {far}", **keys)
    assert saved.returncode == 0, saved.stderr

    assert launch("jobs/mine.toml", "-c", "get", **keys).returncode == 0
    assert (far / "a.txt").exists()
    job = plant(launch.folder, filled.endpoint, "../near", region(filled))
    assert launch(str(job), "-c", "get", HOME=str(far), **keys).returncode == 0


@contextmanager
def proxy_to(server: DemoServer) -> Iterator[ForwardProxy]:
    """Let a name of a stranger lead to a server, and count who asks."""
    with forward_proxy() as proxy:
        for name in ("files.example.com", "demo-bucket.files.example.com"):
            proxy.hosts[name] = ("127.0.0.1", int(server.endpoint.rpartition(":")[2]))
        yield proxy


@pytest.mark.parametrize("token", ["", "token"])
def test_no_signature_that_is_good_elsewhere_goes_to_an_unknown_endpoint(
    launch: Launcher, filled: DemoServer, token: str
) -> None:
    if token:
        filled.set_credentials(filled.access_key_id, filled.access_key_secret, token)
    region = 'region = "cn-hangzhou"\n' if token else ""
    job = plant(launch.folder, FOREIGN, "../out", region)
    keys = {
        "OSS_ACCESS_KEY_ID": filled.access_key_id,
        "OSS_ACCESS_KEY_SECRET": filled.access_key_secret,
        **({"OSS_SESSION_TOKEN": token} if token else {}),
    }
    with proxy_to(filled) as proxy:
        refused = launch("--proxy", proxy.url, str(job), "-c", "ls", "-c", "get", **keys)
        assert proxy.asked == []
        named = launch(
            "--proxy", proxy.url, "--endpoint", FOREIGN, str(job), "-c", "status", **keys
        )
        variable = launch(str(job), "-c", "status", OSS_ENDPOINT=FOREIGN, **keys)

    assert refused.returncode == 2
    assert f"{FOREIGN} is neither an endpoint of OSS nor one you named" in refused.stderr
    assert named.returncode == 0, named.stderr
    assert variable.returncode == 0, variable.stderr


def test_an_unknown_endpoint_cannot_talk_a_job_into_signatures_that_are_good_elsewhere(
    launch: Launcher, filled: DemoServer
) -> None:
    job = plant(launch.folder, FOREIGN, "../out", 'region = "cn-beijing"\n')
    keys = {
        "OSS_ACCESS_KEY_ID": filled.access_key_id,
        "OSS_ACCESS_KEY_SECRET": filled.access_key_secret,
    }
    with proxy_to(filled) as proxy:  # the server says that it is of another region
        kept = launch("--proxy", proxy.url, str(job), "-c", "get", **keys)
        named = launch("--proxy", proxy.url, "--endpoint", FOREIGN, str(job), "-c", "get", **keys)

    assert proxy.asked
    assert kept.returncode == 3
    assert named.returncode == 0, named.stderr


def test_a_planted_job_that_get_would_go_on_with_is_asked_about(
    filled: DemoServer, new_driver: NewDriver, tmp_path: Path
) -> None:
    say = new_driver(filled)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "a.txt").write_text("mine")
    plant(tmp_path, filled.endpoint, "../theirs", region(filled), 'existing = "replace"\n')

    said = say("get --to theirs --name theirs")

    assert said.status == 2
    assert "it would replace changed files" in said.err
    assert (tmp_path / "theirs" / "a.txt").read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_person_at_the_prompt_sees_the_job_and_is_asked_once(
    launch: Launcher, filled: DemoServer
) -> None:
    job = plant(launch.folder, filled.endpoint, "~/.ssh", region(filled))
    environ = launch.environ(**launch.keys(filled))
    with Terminal(launch.command(str(job)), launch.folder, environ) as terminal:
        terminal.until("target:[^:]*/home/.ssh")
        terminal.until(r"is outside\s+the\s+usual\s+folders")
        terminal.until("Trust this job")
        terminal.type("n")
        terminal.until(r"is\s+not\s+trusted")
        terminal.type("open theirs")
        terminal.until("Trust this job")
        terminal.type("y")
        terminal.until("theirs: new")
        terminal.type("get")
        terminal.until("done: 1 object")
        terminal.type("quit")
        terminal.process.wait(60)

    assert (launch.folder / "home" / ".ssh" / "a.txt").read_text() == "theirs"
    job.with_suffix(".sqlite").unlink()
    assert launch(str(job), "-c", "status", **launch.keys(filled)).returncode == 0
