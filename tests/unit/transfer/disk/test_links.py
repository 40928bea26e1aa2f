"""Links: told from others, and from what they lead to."""

import sys
from pathlib import Path

import pytest

from ossh.transfer.disk import links

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


def test_what_is_no_link_has_no_checksum(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert links.crc64_of(str(tmp_path / "file")) is None
    assert links.crc64_of(str(tmp_path / "nothing")) is None


def test_a_loop_of_links_is_inside_or_not_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    assert links.is_inside(str(tmp_path / "a"), str(tmp_path))
