"""Which language is spoken, and what it does with messages."""

from collections.abc import Iterator

import pytest

from ossh.language import AUTO, N_, _, n_, speak, spoken, wanted


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en", {})


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.GB18030"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "zh-Hans"}, "zh"),
        ({"LANG": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "de:en:zh"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "de:fr"}, "zh"),
        ({"LANG": "C", "LANGUAGE": "zh_CN"}, "en"),
    ],
)
def test_language_is_that_of_the_environment(environ: dict[str, str], language: str) -> None:
    assert wanted(environ) == language


def test_messages_are_looked_up_in_the_language_that_is_spoken() -> None:
    assert _("what to do") == "what to do"

    speak("zh", {})

    assert spoken() == "zh"
    assert _("what to do") == "处理方法"


def test_language_of_the_environment_is_spoken_when_told_so() -> None:
    speak(AUTO, {"LANG": "zh_CN.UTF-8"})
    assert spoken() == "zh"

    speak(AUTO, {"LANG": "C"})
    assert spoken() == "en"


def test_english_tells_one_from_many_and_chinese_does_not() -> None:
    one, many = "{number:,} object", "{number:,} objects"
    assert [n_(one, many, n) for n in (0, 1, 2)] == [many, one, many]

    speak("zh", {})

    assert [n_(one, many, n) for n in (0, 1, 2)] == ["{number:,} 个对象"] * 3


def test_no_message_is_no_message_in_any_language() -> None:
    speak("zh", {})

    assert _("") == ""


def test_a_message_without_a_translation_is_shown_in_english() -> None:
    speak("zh", {})

    assert _("nobody has translated this") == "nobody has translated this"


def test_marked_message_stays_english_until_it_is_looked_up() -> None:
    speak("zh", {})

    assert N_("what to do") == "what to do"
