"""get --shard: one of several shares of a bucket, in jobs that get into no other's way."""

import json

import pytest

from ossh.demo import DemoServer
from tests.integration.rig import tree
from tests.shell.conftest import Driver, Launcher

KEYS = [*(f"logs/{number:02d}/{name}.gz" for number in range(10) for name in "abc"), "logs/big"]
SHARES = 4


@pytest.fixture
def say(fresh: Driver) -> Driver:
    for key in KEYS[:-1]:
        fresh.server.put(key, key.encode())
    fresh.server.put(KEYS[-1], size=700_000)
    return fresh


def here(server: DemoServer) -> dict[str, bytes]:
    return {key.removeprefix("logs/"): server.body(key) for key in KEYS}


def test_shares_that_run_at_once_bring_the_whole_tree_and_no_more(
    say: Driver, launch: Launcher
) -> None:
    assert say.session.place.bucket == say.server.bucket
    say.server.fault("delay", operation="get", seconds=0.2)  # so that they meet
    processes = [
        launch.on(say.server).started(
            f"oss://{say.server.bucket}/",
            "-c",
            "get logs/ --to out --name night --shard auto",
            SLURM_ARRAY_TASK_ID=str(number),
            SLURM_ARRAY_TASK_MIN="0",
            SLURM_ARRAY_TASK_COUNT=str(SHARES),
        )
        for number in range(SHARES)
    ]
    said = [process.communicate(timeout=90)[1] for process in processes]

    assert [process.returncode for process in processes] == [0] * SHARES, said
    assert not any("is also the target of" in text for text in said)
    assert tree(launch.folder / "out") == here(say.server)
    assert not (launch.folder / "out" / ".ossh").exists()
    assert sorted(path.name for path in (launch.folder / "jobs").glob("*.toml")) == [
        f"night-{number}-of-{SHARES}.toml" for number in range(1, SHARES + 1)
    ]
    fetched = [key for key in say.server.counts("GET").elements() if key]
    assert sorted(fetched) == sorted(KEYS), "an object was fetched twice"


def test_a_share_goes_on_as_its_own_job_and_another_is_another(say: Driver) -> None:
    assert say("get logs/ --shard 1/2").status == 0

    assert say("get").out.startswith("done")
    assert say.job.name == "logs-1-of-2"
    say("open logs-1-of-2")
    assert "shard 1/2" in say("filter").out
    assert say("get --shard 2/2").status == 0
    assert say.job.name == "logs-2-of-2"
    assert say.job.directory.name == "logs"
    assert say.session.selection.rules() == ("shard 1/2",)


def test_a_preview_counts_a_share_and_does_not_wonder_at_the_others_files(say: Driver) -> None:
    say("get logs/ --shard 1/2")
    say("cd /")

    sheet = json.loads(say("preview logs/ --to logs --shard 2/2 --json").out)

    assert sheet["only_local"]["files"] == 0
