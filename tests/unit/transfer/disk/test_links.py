"""Links: told from others, and from what they lead to."""

import sys
from pathlib import Path

import pytest

from ossh.transfer.disk import links

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


def test_a_link_is_one_wherever_it_leads(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    found = [name for name in ("file", "a", "b", "nothing") if links.is_link(str(tmp_path / name))]

    assert found == ["a", "b"]
