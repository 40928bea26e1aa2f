"""The pictures of the documents: each is there, whole and needs nothing else; and one is taken."""

import re
import sys
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import environment
import pytest
from pictured.command import CHINESE, FOLDER, SHOWN_HOME, renamed, taken
from pictured.scenes import SCENES
from pictured.svg import picture
from pyte.screens import Char

NAMES = [f"{scene.name}{language}" for scene in SCENES for language in ("", CHINESE)]
SVG = "{http://www.w3.org/2000/svg}"
OURS = {"http://www.w3.org", "oss://demo-bucket", "http://127.0.0.1"}  # the first names SVG itself


def words(svg: str) -> list[str]:
    """Return the pieces of text of a picture, which has to be well-formed."""
    root = ET.fromstring(svg)  # noqa: S314 - our own file
    assert root.tag == f"{SVG}svg"
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def line(text: str) -> tuple[Char, ...]:
    return tuple(map(Char, text))


def texts(lines: Sequence[Sequence[Char]]) -> list[str]:
    return ["".join(cell.data for cell in one) for one in lines]


def test_every_scene_has_its_picture_and_every_picture_its_scene() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{n}.svg" for n in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_whole_and_needs_nothing_from_elsewhere(name: str) -> None:
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")

    assert "oss://demo-bucket/" in words(text)[0]
    assert set(re.findall(r"\w+://[\w.-]+", text)) <= OURS
    assert not re.search(r"href|url\(|@import|<script|<image|/tmp", text)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_the_picture(name: str) -> None:
    language = ".zh-CN" if name.endswith(CHINESE) else ""
    pages = (f"README{language}.md", f"docs/guide{language}.md")
    texts = [(environment.ROOT / page).read_text(encoding="utf-8") for page in pages]

    assert any(re.search(rf"!\[[^\]]+\]\((docs/)?pictures/{name}\.svg\)", text) for text in texts)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals there")
@pytest.mark.parametrize("language", ["", CHINESE])
def test_a_session_is_played_and_its_picture_taken(language: str) -> None:
    (space,) = (scene for scene in SCENES if scene.name == "space")

    # nothing of it depends on the machine or the day
    now = (FOLDER / f"space{language}.svg").read_text(encoding="utf-8")
    assert taken(space, language) == now


def test_reversed_text_is_dark_on_a_light_ground() -> None:
    svg = picture([[Char("x", reverse=True)]], "toolbar")

    assert re.search(r'<rect x="16" y="16" .*fill="#d8dee9"/>\n<text .*fill="#1d222b">x<', svg)


def test_the_home_of_a_moment_has_a_usual_name() -> None:
    shown = renamed(line("to /var/x/ossh-ab12/files  "), "/var/x/ossh-ab12")

    assert texts([shown])[0].rstrip() == f"to {SHOWN_HOME}/files"
    assert len(shown) == 27
    assert renamed(line("all"), "/var") == line("all")
