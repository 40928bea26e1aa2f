"""The demo judged by the official SDK for Go, on which ossutil 1 is built.

It is looked for in GOPATH and where Debian's golang-github-aliyun-aliyun-oss-go-sdk-dev lays it.
That one is of 2018 and signs with version 1 alone: for version 4, put a newer one into GOPATH.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.demo.content.buckets import StoredObject
from ossh.demo.content.story import objects

CLIENT = Path(__file__).parent / "go_client"
SDK = Path("src", "github.com", "aliyun", "aliyun-oss-go-sdk", "oss")
DEBIANS = "/usr/share/gocode"
MOST_BYTES = 2 << 20  # of an object that the client reads, as it says there
SECONDS = 240  # compiles Go's own libraries, too, where nobody has yet


def go(*arguments: str, path: str = "") -> str:
    """Run Go without modules, so that it asks no network, and return what it printed."""
    program = shutil.which("go")
    if program is None:
        pytest.skip("needs Go")
    variables = {"GO111MODULE": "off", "CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    found = {"GOPATH": path} if path else {}
    return subprocess.run(
        [program, *arguments],
        cwd=CLIENT,
        env={**os.environ, **variables, **found},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
        check=True,
    ).stdout


def client(version: str, folder: Path) -> Path:
    """Return the client, compiled to sign with a version."""
    path = os.pathsep.join([go("env", "GOPATH").strip(), DEBIANS])
    sdk = next((Path(one) for one in path.split(os.pathsep) if (Path(one) / SDK).is_dir()), None)
    if sdk is None:
        pytest.skip("needs the SDK for Go (Debian: golang-github-aliyun-aliyun-oss-go-sdk-dev)")
    if version == "v4" and "AuthV4" not in (sdk / SDK / "auth.go").read_text("utf-8"):
        pytest.skip(f"the SDK for Go in {sdk} signs with version 1 alone")
    program = folder / f"client{go('env', 'GOEXE').strip()}"
    go("build", "-tags", version, "-o", str(program), ".", path=path)
    return program


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_all_that_the_bucket_holds_is_as_it_is(
    story: DemoServer, version: str, tmp_path: Path
) -> None:
    program = client(version, tmp_path)
    place = (story.endpoint, story.bucket, story.region)
    keys = (story.access_key_id, story.access_key_secret)

    done = subprocess.run(
        [program, *place, *keys], stdout=subprocess.PIPE, timeout=SECONDS, check=True
    )

    told = json.loads(done.stdout)
    every = {one.key: one for one in objects()}
    assert told["Buckets"] == ["demo-bucket", "demo-reports", "many-bucket"]
    assert (told["BucketACL"], told["Uploads"]) == ("private", 0)
    assert told["Objects"] == {
        key: {
            "Size": one.size,
            "Length": str(every[one.target or key].size),
            "ACL": "default",
            "SHA256": sha256(story, one),
        }
        for key, one in every.items()
    }


def sha256(story: DemoServer, one: StoredObject) -> str:
    """Return that of an object's body, if the client reads it, or why it cannot be read."""
    if "Archive" in one.storage_class:
        return "InvalidObjectState"
    return hashlib.sha256(story.body(one.key)).hexdigest() if one.size <= MOST_BYTES else ""
