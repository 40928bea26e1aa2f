"""What is unusual about a job, and what is not."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ossh.job import Job, recorded_target
from ossh.manifest import Manifest
from ossh.model import Source, Target
from ossh.session.trust.risks import TrustContext, endpoint_risks, target_risks
from ossh.store.credentials import ANONYMOUS, Credentials
from tests import usual

pytestmark = pytest.mark.fault("F52")

KEYS = Credentials("id", "secret")
TOKEN = replace(KEYS, security_token="token")
OWN = Source("https://oss-cn-hangzhou.aliyuncs.com", "", "bucket")
PLAIN = replace(OWN, endpoint="http://oss-cn-hangzhou.aliyuncs.com")
V1 = Source("https://files.example.com", "", "bucket")
V4 = replace(V1, region="cn-hangzhou")
HERE = replace(V1, endpoint="http://127.0.0.1:8080")
PLAIN_ACCELERATED = replace(PLAIN, endpoint="http://oss-accelerate.aliyuncs.com")
STRANGE = "is neither an endpoint of OSS nor one you named"
STRANGERS = (
    *("http://localhost:8080", "http://[::1]:8080", "https://me.cn-hangzhou.fc.aliyuncs.com"),
    "https://oss-cn-hangzhou.aliyuncs.com.evil.example",
)
OUTSIDE = "is outside the folder of the job file and the current one"
AROUND = "contains the job file, the current directory or your home directory"


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Give a job of a checkout in a home, with a target beside its folder."""
    path = tmp_path / "home" / "checkout" / "jobs" / "j.toml"
    path.parent.mkdir(parents=True)
    return usual.job(path, "../out", source=OWN)


@pytest.fixture
def context(tmp_path: Path) -> TrustContext:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return TrustContext(folder, tmp_path / "home")


def of_target(job: Job, context: TrustContext) -> list[str]:
    return list(target_risks(job, context))


def of_endpoint(source: Source, who: Credentials, *named: str) -> list[str]:
    return list(endpoint_risks(source, who, frozenset(named)))


@pytest.mark.parametrize("directory", ["../out", "out", "../out/deep", "../../checkout/a/b"])
def test_a_target_near_the_job_file_is_usual(
    job: Job, context: TrustContext, directory: str
) -> None:
    assert of_target(replace(job, target=Target(directory)), context) == []


@pytest.mark.parametrize(
    ("directory", "reason"),
    [
        *((one, OUTSIDE) for one in ("../../out", "/srv", "../../../x", "../away/out", "~/bin")),
        *((one, OUTSIDE) for one in ("../.git/hooks", ".ssh", "../out/.vscode", "~/.config/a")),
        *((one, AROUND) for one in (".", "..", "../../checkout", "../link", "../../..", "~")),
        ("../../../elsewhere", AROUND),
    ],
)
def test_a_target_elsewhere_or_hidden_or_around_other_files_is_not(
    job: Job, context: TrustContext, directory: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job.path.parent.parent / "away").symlink_to(context.home)
    (job.path.parent.parent / "link").symlink_to(job.path.parent)
    monkeypatch.setenv("HOME", str(context.home))

    [told] = of_target(replace(job, target=Target(directory)), context)

    assert reason in told


def test_a_target_that_some_systems_take_for_a_folder_of_the_user_is_not(
    job: Job, context: TrustContext
) -> None:
    above = replace(context, folder=context.home.parent / "PROJECT" / "here")

    [reason] = of_target(replace(job, target=Target("../../../project")), above)

    assert AROUND in reason


def test_a_target_that_is_a_circle_of_links_is_left_to_whoever_opens_it(
    job: Job, context: TrustContext
) -> None:
    (job.path.parent / "loop").symlink_to("loop")

    assert of_target(replace(job, target=Target("loop")), context) == []


@pytest.mark.parametrize("path", ["j.toml", "jobs/j.toml"])
def test_a_job_at_the_top_of_the_file_system_may_not_write_anywhere(
    job: Job, context: TrustContext, path: str
) -> None:
    top = Path(context.folder.anchor)
    there = replace(job, path=top / path, target=Target("/srv/www"))

    assert of_target(there, replace(context, folder=top)) != []
    there = replace(there, path=top / "jobs" / "j.toml", target=Target("out"))
    assert of_target(there, context) == []


def test_a_target_below_the_current_directory_is_usual(job: Job, context: TrustContext) -> None:
    there = replace(job, target=Target(str(context.folder / "deep" / "out")))

    assert of_target(there, context) == []
    assert of_target(there, replace(context, folder=context.home)) != []


@pytest.mark.parametrize("stands_in", ["home", "."])
@pytest.mark.parametrize(
    ("file", "directory"),
    [
        ("Downloads/j.toml", "../bin"),
        ("Downloads/j.toml", "../Library/LaunchAgents"),
        ("Downloads/j.toml", "../out"),
        ("j.toml", "out"),
        ("../j.toml", "home/out"),
        ("../jobs/j.toml", "../home/out"),
    ],
)
def test_neither_the_home_nor_a_folder_around_it_is_near(
    job: Job, context: TrustContext, file: str, directory: str, stands_in: str
) -> None:
    home = context.home
    there = replace(job, path=Path(os.path.normpath(home / file)), target=Target(directory))
    (home / "Downloads").mkdir()

    [reason] = of_target(there, replace(context, folder=home.parent / stands_in))

    assert OUTSIDE in reason
    usual = replace(there, path=home / "Downloads" / "j.toml", target=Target("out"))
    assert of_target(usual, context) == []


@pytest.mark.parametrize("folder", [".jobs", ".config/ossh", "Library/x", "AppData/Roaming/x"])
@pytest.mark.parametrize("directory", ["out", "../autostart"])
def test_a_job_in_a_hidden_folder_may_not_fill_it_without_a_question(
    job: Job, context: TrustContext, folder: str, directory: str
) -> None:
    hidden = context.home / folder / "j.toml"

    assert of_target(replace(job, path=hidden, target=Target(directory)), context) != []


def test_a_home_in_a_hidden_folder_hides_nothing(job: Job, context: TrustContext) -> None:
    home = context.home.parent / ".homes" / "me"
    there = replace(job, path=home / "checkout" / "jobs" / "j.toml")

    assert of_target(there, replace(context, home=home)) == []
    assert of_target(there, context) != []


@pytest.mark.parametrize(
    "directory",
    [
        *("../bin", "../node_modules", "../env/lib/python3/Site-Packages/x", "../etc/cron.d"),
        *("../tools", "../env", "../env/lib"),
    ],
)
def test_a_target_whose_files_may_be_run_is_not_usual(
    job: Job, context: TrustContext, directory: str
) -> None:
    checkout = job.path.parent.parent
    (checkout / "env").mkdir()
    (checkout / "env" / "pyvenv.cfg").touch()
    tools = replace(context, programs=(checkout / "tools" / "linux",))

    [reason] = of_target(replace(job, target=Target(directory)), tools)

    assert "may be run as programs" in reason


def test_no_folder_of_the_system_of_python_or_of_ossh_itself_is_usual(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("state", "config", "tools", "programs", "out"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    environ = {
        "PATH": os.pathsep.join(["", ".", str(tmp_path / "tools")]),
        "PROGRAMDATA": str(tmp_path / "programs"),
    }
    near = replace(job, path=tmp_path / "jobs" / "j.toml")
    home = tmp_path.with_name("home")

    def is_usual(directory: str) -> bool:
        here = TrustContext.of(environ, tmp_path, home)
        return not of_target(replace(near, target=Target(directory)), here)

    assert is_usual("../out")
    assert is_usual("../tools/data")
    assert not is_usual("../tools")
    assert not is_usual("../programs/x")
    if sys.platform == "linux":  # where these variables count
        assert not is_usual("../state/ossh")
        assert not is_usual("../config")
    prefix = Path(sys.prefix)
    assert of_target(
        replace(job, path=prefix / "jobs" / "j.toml", target=Target("../lib2")),
        TrustContext.of(environ, tmp_path, home),
    )


def test_a_manifest_that_came_along_excuses_no_target(
    job: Job, context: TrustContext, tmp_path: Path
) -> None:
    far = replace(job, target=Target(str(tmp_path / "far")))
    with Manifest.create(job.manifest_path) as manifest:
        manifest.set_meta("target", recorded_target(far))

    assert of_target(far, context) != []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"existing": "replace"}, "it moves files that are in the way to the trash of"),
        ({"mirror": True}, "it moves files whose objects are gone to the trash of"),
    ],
)
def test_replacing_and_mirroring_are_unusual_where_there_is_something(
    job: Job, context: TrustContext, change: dict[str, Any], reason: str
) -> None:
    changing = replace(job, target=replace(job.target, **change))
    assert of_target(changing, context) == []

    changing.directory.mkdir()

    assert reason in of_target(changing, context)[0]


@pytest.mark.parametrize(
    ("source", "who"),
    [
        (OWN, TOKEN),
        (replace(OWN, endpoint="https://oss-accelerate.aliyuncs.com"), TOKEN),
        (PLAIN, KEYS),
        (V4, KEYS),
        (V1, ANONYMOUS),
        (HERE, ANONYMOUS),
        (replace(HERE, region="cn-hangzhou"), KEYS),
        (V1, replace(TOKEN, endpoint="https://files.example.com:443")),
        (HERE, replace(TOKEN, endpoint="http://127.0.0.1:8080")),
        (
            replace(V1, endpoint="http://files.example.com"),
            replace(KEYS, endpoint="http://files.example.com:80"),
        ),
        (V1, replace(KEYS, bucket_endpoints=(("bucket", "files.example.com", "cname"),))),
    ],
)
def test_an_endpoint_that_is_known_or_can_reuse_nothing_is_usual(
    source: Source, who: Credentials
) -> None:
    assert of_endpoint(source, who) == []


@pytest.mark.parametrize(
    ("source", "who", "how", "what"),
    [
        (V1, KEYS, STRANGE, "V1 signatures"),
        (replace(V4, sign_host=False), KEYS, STRANGE, "signatures without the host"),
        (V4, TOKEN, STRANGE, "your security token"),
        (HERE, KEYS, STRANGE, "V1 signatures"),
        (replace(HERE, region="cn-hangzhou"), TOKEN, STRANGE, "your security token"),
        *((replace(V1, endpoint=one), KEYS, STRANGE, "V1 signatures") for one in STRANGERS),
        (PLAIN, TOKEN, "is not encrypted", "your security token"),
        (replace(PLAIN, sign_host=False), KEYS, "is not encrypted", "signatures without the host"),
        (PLAIN_ACCELERATED, KEYS, "is not encrypted", "V1 signatures"),
    ],
)
def test_an_endpoint_that_would_get_or_show_what_is_good_elsewhere_is_not_unless_it_is_named(
    source: Source, who: Credentials, how: str, what: str
) -> None:
    [reason] = of_endpoint(source, who)

    assert reason.startswith(f"{source.endpoint} {how}, and would receive {what}")
    assert of_endpoint(source, who, source.endpoint) == []


@pytest.mark.parametrize("source", [V1, HERE])
def test_an_endpoint_that_the_user_named_is_usual(source: Source) -> None:
    named = ("", "files.example.com", "http://127.0.0.1:8080", "not an endpoint")

    assert of_endpoint(source, KEYS, *named) == []


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (V1, "http://files.example.com"),
        (V1, "files.example.com:8443"),
        (HERE, "http://127.0.0.1:8081"),
        (PLAIN, "https://oss-cn-hangzhou.aliyuncs.com"),
    ],
)
def test_another_scheme_or_port_of_a_named_host_is_not(source: Source, named: str) -> None:
    assert of_endpoint(source, TOKEN, named) != []
