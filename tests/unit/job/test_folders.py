import sys
from pathlib import Path

import pytest

from ossh.job.folders import own_folder

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="XDG variables")


@linux_only
def test_jobs_of_ones_own_are_where_the_user_keeps_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert own_folder() == tmp_path / "ossh" / "jobs"
