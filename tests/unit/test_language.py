"""Which language is spoken, and what it does with messages."""

import pickle
from collections.abc import Iterator

import pytest

from ossh.language import AUTO, N_, Told, Words, _, joined, n_, said, speak, spoken, wanted


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
    assert [n_(one, many, n) for n in (0, 1, 2)] == ["0 objects", "1 object", "2 objects"]

    speak("zh", {})

    assert [n_(one, many, n) for n in (0, 1, 2)] == ["0 个对象", "1 个对象", "2 个对象"]


def test_no_message_is_no_message_in_any_language() -> None:
    speak("zh", {})

    assert _("") == ""


def test_a_message_without_a_translation_is_shown_in_english() -> None:
    speak("zh", {})

    assert _("nobody has translated this") == "nobody has translated this"


def test_marked_message_stays_english_until_it_is_looked_up() -> None:
    speak("zh", {})

    assert N_("what to do") == "what to do"


# Words


"""Text that programs read in English, and people in their language."""


def test_it_is_english_text_and_said_in_the_language_that_is_spoken() -> None:
    words = Words("this computer's clock is {time} behind", time="3 min")
    assert words == "this computer's clock is 3 min behind"
    assert said(words) == words

    speak("zh", {})

    assert words == "this computer's clock is 3 min behind"
    assert said(words) == "本机时钟慢了 3 min"


def test_data_in_its_fields_is_never_looked_up_nor_taken_for_a_field() -> None:
    speak("zh", {})

    assert (
        said(Words("there is nothing below {place}", place="{done} done"))
        == "{done} done 下没有内容"
    )


def test_what_fills_it_is_looked_up_when_it_is_such_text_too() -> None:
    speak("zh", {})

    assert said(Words("{place} at {endpoint}", place=Words("nobody"), endpoint="x")) == "匿名（x）"


def test_texts_in_a_row_are_looked_up_one_by_one() -> None:
    row = joined("; ", ["suffix .gz", Words("newer than {moment}", moment="7d")])
    assert row == "suffix .gz; newer than 7d"

    speak("zh", {})

    assert said(row) == "suffix .gz；晚于 7d"


def test_a_copy_from_another_process_is_looked_up_alike() -> None:
    words = pickle.loads(pickle.dumps(Words("there is nothing below {place}", place="{}")))  # noqa: S301
    assert words == "there is nothing below {}"

    speak("zh", {})

    assert said(words) == "{} 下没有内容"


def test_what_is_told_is_exact_for_programs_and_in_a_copy_too() -> None:
    told = pickle.loads(pickle.dumps(Told("1234", "1.2 KiB")))  # noqa: S301

    assert (told, said(told)) == ("1234", "1.2 KiB")
    assert said(Words("{size} received", size=told)) == "1.2 KiB received"


def test_other_text_is_said_as_it_is() -> None:
    speak("zh", {})

    assert said("done") == "done"
    assert said(None) is None
