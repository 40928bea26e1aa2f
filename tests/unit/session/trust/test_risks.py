"""What is unusual about a job, and what is not."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.job import Job, recorded_target
from ossh.manifest import Manifest
from ossh.model import Source, Target
from ossh.selection import Selection
from ossh.session.trust.risks import Surroundings, risks
from ossh.store.credentials import ANONYMOUS, Credentials

pytestmark = pytest.mark.fault("F52")

KEYS = Credentials("id", "secret")
TOKEN = replace(KEYS, security_token="token")
OWN = Source("https://oss-cn-hangzhou.aliyuncs.com", "", "bucket")
V1 = Source("https://files.example.com", "", "bucket")
V4 = replace(V1, region="cn-hangzhou")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Give a job of a checkout in a home, with a target beside its folder."""
    path = tmp_path / "home" / "checkout" / "jobs" / "j.toml"
    path.parent.mkdir(parents=True)
    return Job(path, datetime(2026, 1, 1, tzinfo=UTC), OWN, Selection(), Target("../out"))


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Surroundings(folder, tmp_path / "home", KEYS, frozenset({""}))


def reasons(job: Job, surroundings: Surroundings, source: Source = OWN) -> list[str]:
    return list(risks(job, source, surroundings))


@pytest.mark.parametrize("directory", ["../out", "out", "../out/deep", "../../checkout/a/b"])
def test_a_target_near_the_job_file_is_usual(
    job: Job, surroundings: Surroundings, directory: str
) -> None:
    assert reasons(replace(job, target=Target(directory)), surroundings) == []


@pytest.mark.parametrize(
    "directory", ["../../out", "/etc", "../.git/hooks", ".ssh", "../../../x", "../link/out"]
)
def test_a_target_elsewhere_hidden_or_behind_a_link_is_not(
    job: Job, surroundings: Surroundings, directory: str
) -> None:
    (job.path.parent.parent / "link").symlink_to(surroundings.home)

    [reason] = reasons(replace(job, target=Target(directory)), surroundings)

    assert "is outside the usual folders of this job" in reason


@pytest.mark.parametrize(
    "directory", [".", "..", "../../checkout", "../link", "../../../elsewhere", "../../..", "~"]
)
def test_a_target_that_contains_the_job_file_or_the_current_directory_is_not(
    job: Job, surroundings: Surroundings, directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job.path.parent.parent / "link").symlink_to(job.path.parent)
    monkeypatch.setenv("HOME", str(surroundings.home))

    [reason] = reasons(replace(job, target=Target(directory)), surroundings)

    assert "contains the job file, the current directory or your home directory" in reason


def test_a_target_that_is_a_circle_of_links_is_left_to_whoever_opens_it(
    job: Job, surroundings: Surroundings
) -> None:
    (job.path.parent / "loop").symlink_to("loop")

    assert reasons(replace(job, target=Target("loop")), surroundings) == []


@pytest.mark.parametrize("path", ["j.toml", "jobs/j.toml"])
def test_a_job_at_the_top_of_the_file_system_may_not_write_anywhere(
    job: Job, surroundings: Surroundings, path: str
) -> None:
    top = Path(surroundings.folder.anchor)
    there = replace(job, path=top / path, target=Target("/srv/www"))

    assert reasons(there, replace(surroundings, folder=top)) != []
    assert (
        reasons(replace(there, path=top / "jobs" / "j.toml", target=Target("out")), surroundings)
        == []
    )


def test_a_target_below_the_current_directory_is_usual(
    job: Job, surroundings: Surroundings
) -> None:
    there = replace(job, target=Target(str(surroundings.folder / "deep" / "out")))

    assert reasons(there, surroundings) == []
    assert reasons(there, replace(surroundings, folder=surroundings.home)) != []


def test_a_job_that_lies_in_a_hidden_folder_may_fill_it(
    job: Job, surroundings: Surroundings
) -> None:
    hidden = replace(job, path=surroundings.home / ".jobs" / "j.toml", target=Target("out"))

    assert reasons(hidden, surroundings) == []
    assert reasons(replace(hidden, target=Target("../.ssh")), surroundings) != []


def test_the_home_as_a_whole_is_no_usual_target(job: Job, surroundings: Surroundings) -> None:
    lying_in_home = replace(job, path=surroundings.home / "jobs" / "j.toml", target=Target(".."))

    assert reasons(lying_in_home, replace(surroundings, folder=surroundings.home)) != []


def test_a_job_that_has_run_with_a_target_may_have_just_this_one(
    job: Job, surroundings: Surroundings, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    far = replace(job, target=Target(str(tmp_path / "far"), existing="replace"))
    with Manifest.create(job.manifest_path) as manifest:
        manifest.set_meta("target", recorded_target(far))

    assert reasons(far, surroundings) == []
    [elsewhere, _replaced] = reasons(
        replace(far, target=Target(str(other), "", existing="replace")), surroundings
    )
    assert f"the target {other} is outside" in elsewhere


def test_a_target_is_another_one_when_a_link_on_its_way_changes(
    job: Job, surroundings: Surroundings
) -> None:
    link = surroundings.home / "link"
    link.symlink_to("/srv")
    far = replace(job, target=Target(str(link / "out")))
    with Manifest.create(job.manifest_path) as manifest:
        manifest.set_meta("target", recorded_target(far))
    assert reasons(far, surroundings) == []

    link.unlink()
    link.symlink_to("/etc")

    assert reasons(far, surroundings) != []


@pytest.mark.parametrize("content", [b"", b"x" * 5000, None])
def test_a_manifest_that_does_not_tell_of_the_target_excuses_nothing(
    job: Job, surroundings: Surroundings, content: bytes | None
) -> None:
    if content is None:
        Manifest.create(job.manifest_path).close()
    else:
        job.manifest_path.write_bytes(content)

    assert reasons(replace(job, target=Target("/etc")), surroundings) != []


def test_replacing_is_unusual_where_there_is_something_to_replace(
    job: Job, surroundings: Surroundings
) -> None:
    replacing = replace(job, target=Target("../out", existing="replace"))
    assert reasons(replacing, surroundings) == []

    replacing.directory.mkdir()

    assert "it would replace changed files" in reasons(replacing, surroundings)[0]


@pytest.mark.parametrize(
    ("source", "who"),
    [
        (OWN, TOKEN),
        (replace(OWN, endpoint="https://oss-accelerate.aliyuncs.com"), TOKEN),
        (replace(V1, endpoint="http://127.0.0.1:8080"), TOKEN),
        (replace(V1, endpoint="http://localhost:8080"), KEYS),
        (replace(V1, endpoint="http://[::1]:8080"), KEYS),
        (V4, KEYS),
        (V1, ANONYMOUS),
        (V1, replace(TOKEN, endpoint="https://files.example.com:443")),
        (
            replace(V1, endpoint="http://files.example.com"),
            replace(KEYS, endpoint="http://files.example.com:80"),
        ),
        (V1, replace(KEYS, bucket_endpoints=(("bucket", "files.example.com", "cname"),))),
    ],
)
def test_an_endpoint_that_is_known_or_can_reuse_nothing_is_usual(
    job: Job, surroundings: Surroundings, source: Source, who: Credentials
) -> None:
    assert reasons(job, replace(surroundings, credentials=who), source) == []


@pytest.mark.parametrize(
    ("source", "who", "what"),
    [
        (V1, KEYS, "V1 signatures"),
        (replace(V4, sign_host=False), KEYS, "signatures without the host"),
        (V4, TOKEN, "your security token"),
        (replace(V1, endpoint="https://me.cn-hangzhou.fc.aliyuncs.com"), KEYS, "V1"),
        (replace(V1, endpoint="https://oss-cn-hangzhou.aliyuncs.com.evil.example"), KEYS, "V1"),
    ],
)
def test_an_unknown_endpoint_that_gets_what_is_good_elsewhere_is_not(
    job: Job, surroundings: Surroundings, source: Source, who: Credentials, what: str
) -> None:
    job.manifest_path.touch()  # it may have come with the job file

    [reason] = reasons(job, replace(surroundings, credentials=who), source)

    assert f"{source.endpoint} is neither an endpoint of OSS nor one you named" in reason
    assert what in reason


def test_an_endpoint_that_the_user_named_is_usual(job: Job, surroundings: Surroundings) -> None:
    named = replace(
        surroundings, named_endpoints=frozenset({"", "files.example.com", "not an endpoint"})
    )

    assert reasons(job, named, V1) == []


@pytest.mark.parametrize("named", ["http://files.example.com", "files.example.com:8443"])
def test_another_scheme_or_port_of_a_named_host_is_not(
    job: Job, surroundings: Surroundings, named: str
) -> None:
    assert reasons(job, replace(surroundings, named_endpoints=frozenset({named})), V1) != []
