"""A whole job under the rules of macOS: names that differ by case or Unicode form only are one."""

import json
import sys
import unicodedata
from dataclasses import asdict

import pytest

from ossh.manifest import Manifest
from ossh.paths import NameRules
from tests.integration.rig import Place, gets

COMPOSED, DECOMPOSED = "caf\u00e9.txt", "cafe\u0301.txt"
KEYS = (
    "Readme.txt",
    "README.TXT",
    "Photos/a.jpg",
    "photos/a.jpg",
    "photos/b.jpg",
    COMPOSED,
    DECOMPOSED,
    "stra\u00dfe",
    "STRASSE",
    "\u212b",  # the sign of the angstrom, which is the letter below
    "\u00c5",
    ".os\u200csh/x",  # HFS+ leaves out what stands between the two
    ".OSSH/y",
    "con",
    "a:b",
    "ends with a dot.",
)


def as_macos_compares(path: str) -> str:
    """Return a path as HFS+ and APFS compare it, by rules of this test's own."""
    shown = "".join(char for char in path if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", shown).casefold())


@pytest.mark.fault("F3")
@pytest.mark.fault("F4")
@pytest.mark.skipif(sys.platform == "win32", reason="its disk has stricter rules")
def test_every_key_gets_a_file_that_macos_tells_from_the_others(place: Place) -> None:
    for key in KEYS:
        place.server.put(key, key.encode())
    job = place.job()
    job.path.parent.mkdir()
    with Manifest.create(job.manifest_path) as manifest:
        manifest.set_meta("names", json.dumps(asdict(NameRules.native("darwin"))))

    first = place.get(job)
    fetched = len(gets(place.server))
    second = place.get(job)

    place.expect(*KEYS)
    names = [as_macos_compares(place.entry(key).path) for key in KEYS]
    assert len(set(names)) == len(KEYS)
    assert not any(name.startswith(".ossh") for name in names)
    assert (first.status, second.status) == (0, 0)
    assert len(gets(place.server)) == fetched == len(KEYS)
    unmapped = {key for key in KEYS if place.entry(key).path == key}
    assert {"con", "a:b", "ends with a dot."} <= unmapped
