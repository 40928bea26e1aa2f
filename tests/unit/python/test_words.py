"""Hints in the words of Python."""

import re

import catalogs
import pytest

from ossh import commands
from ossh.advice import advice
from ossh.language import speak
from ossh.model import Cause
from ossh.python.words import OF_RUNS, OF_THE_PROMPT, VERBS, phrased, with_arguments

OF_CONSOLES = ("ossh/commands", "ossh/console", "ossh/shell", "ossh/command_line", "ossh/demo")
OF_CONNECTIONS = re.compile(
    r"--(?:endpoint|region|profile|proxy|ca-bundle|cname|internal|unsigned-host|anonymous|to|name"
    r"|jobs-dir|from|inventory|version-id)(?![\w-])"
)
LINES = re.compile(r"'(?:ossh|aliyun) [^']*'")  # of the system's shell
MESSAGES = [
    text
    for message in catalogs.read()
    if message.id and not all(name.startswith(OF_CONSOLES) for name, _ in message.locations)
    for texts in (message.id, message.string or ())
    for text in ([texts] if isinstance(texts, str) else texts)
]


@pytest.mark.parametrize("text", [text for text in MESSAGES if "--" in text or "'" in text])
def test_no_message_in_any_language_keeps_a_command_or_an_option_of_the_prompt(text: str) -> None:
    said = LINES.sub("", phrased(text))

    assert not OF_CONNECTIONS.search(said)
    assert not {*re.findall(r"(?<!\w)'([a-z_]+)(?: [^']*)?'", said)} & commands.NAMES.keys()
    assert "connect --" not in said


def test_every_command_is_known_to_be_a_verb_or_of_the_prompt() -> None:
    assert commands.NAMES.keys() <= VERBS | OF_THE_PROMPT


@pytest.mark.parametrize(
    ("hint", "outside", "of_a_run"),
    [
        ("then 'get'", "then 'ossh.download(…)'", "then 'ossh.fetch(job)'"),
        ("'retry' tries", "the same call tries", "'ossh.fetch(job, retry=True)' tries"),
        ("'failures' lists", "'ossh failures JOB' lists", "'run.failures()' lists"),
    ],
)
def test_what_is_run_again_depends_on_what_was_run(hint: str, outside: str, of_a_run: str) -> None:
    assert (phrased(hint), phrased(hint, OF_RUNS)) == (outside, of_a_run)


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("'whoami' says where from", "'ossh whoami' says where from"),
        ("'restore' thaws them", "'ossh restore --job JOB' thaws them"),
        ("'retry --replace' does", "'ossh retry --replace' does"),
        ("list them: 'get --from FILE'", "list them: 'ossh.new_job(…, keys=\"FILE\")'"),
        ("'get KEY' fetches it", "'ossh.download(…)' fetches it"),
        ("give get --to DIR, or", 'give directory="DIR", or'),
        (
            advice(Cause.WRONG_ENDPOINT),
            (
                "give the bucket's own endpoint and region: "
                'options=ossh.Options(endpoint="URL", region="REGION")'
            ),
        ),
        ("connect --region cn-beijing", 'options=ossh.Options(region="cn-beijing")'),
        (
            "connect --cname --endpoint https://DOMAIN; or more",
            'options=ossh.Options(cname=True, endpoint="https://DOMAIN"); or more',
        ),
        (
            "use a proxy (--proxy, HTTPS_PROXY)",
            "use a proxy (options=ossh.Options(proxy=…), HTTPS_PROXY)",
        ),
        ("choose another: --jobs-dir", "choose another: jobs="),
    ],
)
def test_commands_are_calls_and_options_are_arguments(hint: str, said: str) -> None:
    assert phrased(hint) == said
    assert phrased(said) == said


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("set A and B; or 'connect' asks for them", "set A and B"),
        ("'filter' shows its number, 'filter drop N' removes it", ""),
        ("cd oss://other/", ""),
        ("'jobs' lists them; go there with cd oss://BUCKET/", "'ossh jobs' lists them"),
    ],
)
def test_what_only_a_prompt_can_do_is_left_out(hint: str, said: str) -> None:
    assert phrased(hint) == said


@pytest.mark.parametrize(
    "text",
    ["did you mean 'set/'?", "did you mean 'my cd 1/'?", "'a.csv' lists them", "name --toil"],
)
def test_what_is_no_command_stays(text: str) -> None:
    assert phrased(text) == with_arguments(text) == text


def test_a_message_has_arguments_too() -> None:
    assert with_arguments("--cname needs the bucket's domain") == (
        "options=ossh.Options(cname=True) needs the bucket's domain"
    )
    assert with_arguments("cannot read 'a --to b' (--proxy)") == (
        "cannot read 'a --to b' (options=ossh.Options(proxy=…))"
    )


def test_it_speaks_chinese() -> None:
    speak("zh", {})
    try:
        assert phrased("可用 'retry' 重试；'connect' 会询问") == "可用 同样的调用 重试"
    finally:
        speak("en", {})
