"""Job files from somebody else: what they cannot do, and what is asked about once."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.job import load
from ossh.manifest import Manifest
from tests.shell.conftest import Launcher, NewDriver
from tests.shell.forward_proxy import ForwardProxy, forward_proxy

pytestmark = pytest.mark.fault("F52")

FOREIGN = "http://files.example.com"
# With a job that is open, and whose file somebody exchanges then.
TAKING_ON = (
    *("get", "get --dry-run", "get --adopt", "get --mirror", "get --background"),
    *("get --follow --every 1s", "get --on-done true", "retry", "resume theirs"),
    *("refresh", "verify", "verify theirs", "preview", "preview --mirror", "restore --yes"),
    *("restore --dry-run", "save", "open theirs", "open jobs/theirs.toml"),
)
# With one that was never opened.
NAMING = (
    *("open theirs", "resume theirs", "verify theirs", "preview --to theirs", "save --to theirs"),
    *("retry theirs", "refresh theirs", "restore --job theirs --yes"),
    *("get --to theirs", "get --to theirs --dry-run", "get --to theirs --adopt"),
    *("get --to theirs --mirror", "get --to theirs --background"),
)
LOOKING = (
    "jobs",
    "jobs show theirs",
    "status theirs",
    "report theirs {page}",
    "jobs clean",
    "get --from theirs",
)
LOOKING_AT_THE_OPEN_ONE = (
    *LOOKING,
    "status",
    "status --key a.txt",
    "failures",
    "failures --by cause",
)


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


def snapshot(folder: Path) -> dict[str, object]:
    """Return all that changes when something below a folder is written, moved or removed."""
    return {
        str(one): (one.lstat().st_ino, one.lstat().st_mtime_ns, one.is_file() and one.read_bytes())
        for one in (folder, *folder.rglob("*"))
    }


def region(server: DemoServer) -> str:
    return f'region = "{server.region}"\n'


@pytest.fixture
def server(server: DemoServer) -> DemoServer:
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
        ("jobs/theirs.toml", "-c", "get --tar -"),
    ],
)
def test_a_target_elsewhere_needs_trust_by_every_way_in(
    own: Launcher, server: DemoServer, way: tuple[str, ...]
) -> None:
    plant(own.folder, server.endpoint, "~/.ssh", region(server))
    (own.folder / "script.ossh").write_text("open theirs\nget\n")
    (own.folder / "session.transcript").write_text("ossh> open theirs\n")
    before = server.requests()

    done = own(*way)

    if "-t" not in way:  # its status tells of differences
        assert done.returncode == 2
    assert f"the target {own.home / '.ssh'} is outside the folder of the job file" in done.stderr
    assert f'ossh --trust "{own.folder / "jobs" / "theirs.toml"}"' in done.stderr
    assert not (own.home / ".ssh").exists()
    assert server.requests() == before


def test_trust_is_given_once_and_lasts_until_source_or_target_change(
    own: Launcher, server: DemoServer
) -> None:
    job = plant(own.folder, server.endpoint, "~/.there", region(server))

    assert own("--trust", str(job), "-c", "status").returncode == 0
    assert own(str(job), "-c", "get").returncode == 0
    assert (own.home / ".there" / "a.txt").exists()

    plant(own.folder, server.endpoint, "~/.elsewhere", region(server))
    assert own(str(job), "-c", "status").returncode == 2


def test_a_job_that_runs_here_may_go_on_with_what_is_at_its_target_by_then(
    own: Launcher, server: DemoServer
) -> None:
    job = plant(own.folder, server.endpoint, "../out", region(server), "mirror = true\n")

    first = own(str(job), "-c", "get")
    second = own(str(job), "-c", "get")

    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert (own.folder / "out" / "a.txt").exists()
    job.rename(job.with_name("other.toml"))
    moved = own("jobs/other.toml", "-c", "get")
    assert moved.returncode == 2
    assert "it moves files whose objects are gone to the trash of" in moved.stderr


@pytest.mark.parametrize("near", [True, False])
def test_a_state_folder_that_cannot_be_written_is_told_where_it_matters(
    own: Launcher, tmp_path_factory: pytest.TempPathFactory, *, near: bool
) -> None:
    (own.folder / "file").touch()
    nowhere = {"XDG_STATE_HOME": str(own.folder / "file"), "LOCALAPPDATA": "", "HOME": ""}
    if sys.platform != "linux":
        pytest.skip("the variable that names the folder is another one there")
    target = own.folder / "out" if near else tmp_path_factory.mktemp("far")

    done = own("oss://demo-bucket/", "-c", f"get --to {target} --name j", **nowhere)

    assert done.returncode == 0, done.stderr
    assert (target / "a.txt").exists()
    assert ("cannot remember that 'j' is trusted" in done.stderr) is not near
    assert ("the next session asks again" in done.stderr) is not near


def test_a_job_made_here_and_a_job_near_its_file_are_never_asked_about(
    own: Launcher, server: DemoServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = tmp_path_factory.mktemp("far")
    saved = own("oss://demo-bucket/", "-c", f"save mine --to {far}")
    assert saved.returncode == 0, saved.stderr

    assert own("jobs/mine.toml", "-c", "get").returncode == 0
    assert (far / "a.txt").exists()
    mine = own.folder / "jobs" / "mine.toml"
    mine.write_text(re.sub("connections = [0-9]+", "connections = 7", mine.read_text()))
    edited = own("jobs/mine.toml", "-c", "get")
    assert edited.returncode == 0, edited.stderr
    job = plant(own.folder, server.endpoint, "../near", region(server))
    assert own(str(job), "-c", "get", HOME=str(far)).returncode == 0


@contextmanager
def proxy_to(server: DemoServer) -> Iterator[ForwardProxy]:
    """Let a name of a stranger lead to a server, and count who asks."""
    with forward_proxy() as proxy:
        for name in ("files.example.com", "demo-bucket.files.example.com"):
            proxy.hosts[name] = ("127.0.0.1", int(server.endpoint.rpartition(":")[2]))
        yield proxy


def test_no_signature_that_is_good_elsewhere_goes_to_an_unknown_endpoint(
    launch: Launcher, server: DemoServer
) -> None:
    job = plant(launch.folder, FOREIGN, "../out")
    keys = server.environ
    with proxy_to(server) as proxy:
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
    launch: Launcher, server: DemoServer
) -> None:
    job = plant(launch.folder, FOREIGN, "../out", 'region = "cn-beijing"\n')
    keys = server.environ
    with proxy_to(server) as proxy:  # the server says that it is of another region
        kept = launch("--proxy", proxy.url, str(job), "-c", "get", **keys)
        named = launch("--proxy", proxy.url, "--endpoint", FOREIGN, str(job), "-c", "get", **keys)

    assert proxy.asked
    assert kept.returncode == 3
    assert named.returncode == 0, named.stderr


@contextmanager
def exchanged(path: Path, before: str, after: str) -> Iterator[None]:
    """Let a job file be another one for a while."""
    text = path.read_text()
    path.write_text(text.replace(before, after))
    yield
    path.write_text(text)


@pytest.fixture
def theirs(server: DemoServer, new_driver: NewDriver, tmp_path: Path) -> Path:
    """Give the file of a job that would replace files, with a manifest from another machine."""
    assert new_driver(server)("get --to theirs --name theirs").status == 0
    job = tmp_path / "jobs" / "theirs.toml"
    job.write_text(job.read_text().replace("[target]", '[target]\nexisting = "replace"'))
    (tmp_path / "theirs" / "a.txt").write_text("mine")
    return job


def test_a_job_that_is_not_trusted_is_refused_before_anything_is_changed(
    server: DemoServer,
    new_driver: NewDriver,
    theirs: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    say, page = new_driver(server), tmp_path_factory.mktemp("page") / "page.html"
    before = snapshot(tmp_path)

    said = {line: say(line) for line in NAMING}

    assert {line for line, one in said.items() if "is not trusted" not in one.err} == set()
    assert {line for line, one in said.items() if one.status != 2} == set()
    for line in LOOKING:
        say(line.format(page=page))
    assert snapshot(tmp_path) == before
    assert theirs.exists()


def test_a_job_file_that_is_exchanged_while_it_is_open_is_refused_before_anything_is_changed(
    server: DemoServer,
    new_driver: NewDriver,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    say, page = new_driver(server), tmp_path_factory.mktemp("page") / "page.html"
    assert say("get --to theirs --name theirs").status == 0
    job, manifest = tmp_path / "jobs" / "theirs.toml", tmp_path / "jobs" / "theirs.sqlite"
    whole = manifest.read_bytes()

    with exchanged(job, '"../theirs"', '"~/.ssh"'):
        before = snapshot(tmp_path)
        said = {line: say(line) for line in TAKING_ON}
        for line in LOOKING_AT_THE_OPEN_ONE:
            say(line.format(page=page))
        assert snapshot(tmp_path) == before
        manifest.write_bytes(b"damaged")
        before = snapshot(tmp_path)
        said["refresh of a damaged one"] = say("refresh")
        assert snapshot(tmp_path) == before
    manifest.write_bytes(whole)

    assert {line for line, one in said.items() if "is not trusted" not in one.err} == set()
    assert {line for line, one in said.items() if one.status != 2} == set()
    assert say("get").status == 0


def test_a_list_of_keys_is_kept_for_no_job_that_is_refused(
    server: DemoServer, new_driver: NewDriver, tmp_path: Path
) -> None:
    say = new_driver(server)
    (tmp_path / "list.txt").write_text("a.txt\n")
    assert say("get --from list.txt --to theirs --name theirs").status == 0
    job = tmp_path / "jobs" / "theirs.toml"
    [kept] = (tmp_path / "jobs").glob("keys-*.csv")
    kept.unlink()

    with exchanged(job, "[target]", '[target]\nexisting = "replace"'):
        before = snapshot(tmp_path)
        said = new_driver(server)("get --from list.txt --to theirs --name theirs")
        assert snapshot(tmp_path) == before

    assert "is not trusted" in said.err
    assert say("get --from list.txt --to theirs --name theirs").status == 0
    assert kept.exists()


def test_what_lies_at_the_target_of_a_job_that_is_not_trusted_is_not_removed_with_it(
    server: DemoServer, new_driver: NewDriver, tmp_path: Path
) -> None:
    say = new_driver(server)
    assert say("get --to mine --name mine").status == 0
    with Manifest.open(tmp_path / "jobs" / "mine.sqlite") as manifest:
        unfinished = tmp_path / "mine" / ".ossh" / manifest.job_id / "1"
    trash = tmp_path / "mine" / ".ossh" / "trash" / "2020-01-01" / "gone.txt"
    for one in (unfinished, trash):
        one.parent.mkdir(parents=True)
        one.write_text("mine")
    for end in ("toml", "sqlite"):
        shutil.copy(tmp_path / "jobs" / f"mine.{end}", tmp_path / "jobs" / f"theirs.{end}")
    elsewhere = tmp_path.with_name(f"{tmp_path.name}-far")
    (tmp_path / "mine").rename(elsewhere)
    theirs, mine = (tmp_path / "jobs" / f"{name}.toml" for name in ("theirs", "mine"))
    theirs.write_text(theirs.read_text().replace("../mine", elsewhere.as_posix()))
    before = snapshot(elsewhere)

    (tmp_path / "other").mkdir()
    other = say("jobs clean --trash-before 2999-01-01 --target other --yes")
    emptied = say("jobs clean --trash-before 2999-01-01 --yes")
    removed = say("jobs remove theirs --yes")

    assert (emptied.status, removed.status) == (0, 0)
    assert other.err == "nothing in the trash is that old\n"
    assert "the trash of 'theirs' is kept: that job is not trusted" in emptied.err
    assert snapshot(elsewhere) == before
    assert not theirs.exists()
    mine.write_text(mine.read_text().replace("../mine", elsewhere.as_posix()))
    say.session.trusted_jobs.remember(load(mine))
    assert say("jobs clean --trash-before 2999-01-01 --yes").status == 0
    assert say("jobs remove mine --yes").status == 0
    assert [one.name for one in elsewhere.iterdir()] == ["a.txt"]


def test_a_job_that_ran_without_a_token_gets_none_without_a_question(
    launch: Launcher, server: DemoServer
) -> None:
    job = plant(launch.folder, server.endpoint, "../out", region(server))
    keys = server.environ | {"OSS_REGION": server.region}
    assert launch(str(job), "-c", "get", **keys).returncode == 0
    server.set_credentials(server.access_key_id, server.access_key_secret, "token")

    refused = launch(str(job), "-c", "get", OSS_SESSION_TOKEN="token", **keys)

    assert refused.returncode == 2
    assert "would receive your security token" in refused.stderr


def test_a_job_of_the_built_in_bucket_needs_no_trust(launch: Launcher) -> None:
    job = plant(launch.folder, "http://127.0.0.1", "../out", 'prefix = "photos/"\n')

    done = launch("--demo", str(job), "-c", "get")
    again = launch("--demo", str(job), "-c", "get")

    assert (done.returncode, again.returncode) == (0, 0), done.stderr + again.stderr


def test_a_person_at_the_prompt_sees_the_job_and_is_asked_once(
    own: Launcher, server: DemoServer
) -> None:
    job = plant(own.folder, server.endpoint, "~/.ssh", region(server))
    with own.terminal(str(job)) as terminal:
        terminal.until("target:[^:]*-home/.ssh")
        terminal.until(r"is\s+outside\s+the\s+folder\s+of\s+the\s+job\s+file")
        terminal.answer("Trust this job", "n")
        terminal.until(r"theirs.toml'\s+was\s+not\s+opened\s+or\s+run")
        assert "--trust" not in terminal.until("ossh>")
        terminal.type("open theirs")
        terminal.answer("Trust this job", "y")
        terminal.answer("theirs: new", "get")
        terminal.answer("done: 1 object", "quit")
        terminal.process.wait(60)

    assert (own.home / ".ssh" / "a.txt").read_text() == "theirs"
    job.with_suffix(".sqlite").unlink()
    assert own(str(job), "-c", "status").returncode == 0
