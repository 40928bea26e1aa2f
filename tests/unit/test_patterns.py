import re
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ossh.errors import UsageError
from ossh.patterns import escaped, gitignore_glob, regex, shell_glob, split_glob
from tests.unit.globs import globs, is_meant, names

# What people write, and what one engine could take for something else than the other does.
_ATOMS = st.sampled_from(
    [
        *("a", "b", "1", ".", r"\.", r"\d", r"\w", r"\b", "[ab]", "[^a]", "[]a]", "[[]", "&&"),
        *("[a-c1]", r"[\]b]", "{", "}", "{e}", "{i<=1}", "{}", "{1,b}", "^", "$", "/", "-", "["),
        *(r"\N{DIGIT ONE}", "(?#[{)", r"\Z", r"\{", "[a{e}]", "[a--b]", "[a||b]", "[a[:b:]]"),
    ]
)
_REPEATS = st.sampled_from(["", "", "", "*", "+", "?", "*?", "{2}", "{1,2}", "{,2}", "{1,}", "{,}"])
_FLAGS = st.sampled_from(["", "", "", "(?i)", "(?x)", "(?s)"])
_TEXTS = st.text("ab1.[]{}:e<=i/-&|, \n#A", max_size=12)


@st.composite
def _expressions(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(st.tuples(_ATOMS, _REPEATS), min_size=1, max_size=6))
    text = "".join(atom + repeat for atom, repeat in pieces)
    form = draw(
        st.sampled_from(["{}", "{}", "({})", "(?:{})b", "{}|a", "(?=.*{})a", "{}# [{{\n[a]"])
    )
    return draw(_FLAGS) + form.format(text)


@settings(max_examples=1000)
@given(_expressions(), _TEXTS)
def test_an_expression_means_what_python_says(expression: str, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            meant = re.search(expression, text) is not None
        except re.error:
            with pytest.raises(UsageError):
                regex(expression)
            return

    assert regex(expression)(text) == meant


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("{e}", "a{e}"),
        ("a{i<=1}", "a{i<=1}"),
        ("[[:alpha:]]", "a]"),
        (r"\N{DIGIT ONE}{2}", "11"),
        ("(?x) a # [{\n [bc]", "ac"),
        ("(?#[)[bc]", "c"),
    ],
)
def test_what_only_the_other_engine_knows_means_itself(expression: str, text: str) -> None:
    assert regex(expression)(text)
    assert not regex(expression)("za")


@pytest.mark.fault("F55")
def test_an_expression_that_takes_too_long_is_named_with_the_key_and_serves_others() -> None:
    search = regex("(a|a)*$")

    with pytest.raises(UsageError) as caught:
        search("a" * 60 + "b\n")

    assert str(caught.value) == rf"regex '(a|a)*$' takes too long to match '{'a' * 60}b\n'"
    assert caught.value.hint is not None
    assert search("aaa")


@pytest.mark.fault("F55")
@pytest.mark.parametrize(
    "expression",
    [
        "(a{65000}){65000}",
        "(a{65000}){,65000}",
        "(a{65000}){65000,}",
        "((a{50}){50}){50}",
        f"({'ab' * 1000}){{1000}}",
        "(a{5000}[)]b){5000}",
        "(?x)(a{5000}) {5000}",
        "(?x:(a{5000}) # [\n{5000} # ]\n)",
        "(?x)(a{5000}) # \\\n{5000}",
        "(a{5000})(?#b){5000}",
    ],
)
def test_an_expression_that_would_fill_the_memory_is_refused(expression: str) -> None:
    with pytest.raises(UsageError) as caught:
        regex(expression)

    assert str(caught.value).startswith(f"regex '{expression}' repeats too much")
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    "expression",
    [
        r"^\d{4}/\d{2}/\d{2}/\d{2}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        r"(\w{1,255}/){1,40}",
        r"(\{65000}){2}x{1000}",
        r"\.\." * 20_000,
        "|".join(f"name-{number}" for number in range(5_000)),
    ],
)
def test_an_expression_of_usual_counts_or_of_great_length_is_taken(expression: str) -> None:
    assert not regex(expression)("b")


@pytest.mark.fault("F55")
def test_a_glob_of_many_stars_does_not_keep_anybody_waiting() -> None:
    search = gitignore_glob("*a*a*a*a*a*a*b")

    assert not search("a" * 1000)
    assert search("a" * 1000 + "b")


@pytest.mark.parametrize("text", ["*.gz", "a*a*.gz", "[[]a*b*", "a{e}*b*"])
def test_globs_of_one_star_and_of_more_mean_the_same_characters(text: str) -> None:
    name = text.replace("[[]", "[").replace("*", "x")

    assert gitignore_glob(text)(name)
    assert not gitignore_glob(text)(name + "y") or text.endswith("*")


@pytest.mark.parametrize(
    ("text", "matching", "others"),
    [
        ("logs/2026-0?/", ["logs/2026-01/x/y"], ["logs/2026-01", "logs/2026-10/x"]),
        ("[!a-c]?", ["de", "-\n"], ["ab", "d", "d/"]),
        (r"[\]\-x]", ["]", "-", "x"], ["\\"]),
        ("[]a]", ["]", "a"], ["b", "X"]),
        (r"\[1\]\*", ["[1]*"], ["1*", "[1]x"]),
        ("a[1", ["a[1"], ["a1"]),
        ("[a/b]", ["[a/b]"], ["a", "b"]),
        ("[^/]", ["[^/]"], ["x"]),
        ("{a,b}{1}*", ["{a,b}{1}c"], ["a1"]),
        ("a b *", ["a b c"], ["ab c"]),
        (r"[\d&&]*", ["d1", "&"], ["1"]),
    ],
)
def test_a_shell_glob_means_what_a_file_shell_means(
    text: str, matching: list[str], others: list[str]
) -> None:
    matches = shell_glob(text)

    assert [name for name in (*matching, *others) if matches(name)] == matching


@settings(max_examples=1000)
@given(globs, names)
@example("**/a", "b\n/a")
@example("a**/a", "ab/a")
@example("[!a]", "/")
def test_a_shell_glob_means_what_is_meant(text: str, name: str) -> None:
    assert shell_glob(text)(name) == is_meant(text, name)


@given(globs, names)
def test_all_that_a_typed_glob_matches_starts_as_it_does(text: str, name: str) -> None:
    start, rest = split_glob(text)

    assert shell_glob(escaped(start) + rest or "x")(name) == is_meant(text, name)
    assert not is_meant(text, name) or name.startswith(start)


@given(st.text(min_size=1).filter(lambda name: not name.endswith("/")))
def test_an_escaped_name_is_a_glob_that_matches_it_alone(name: str) -> None:
    assert split_glob(escaped(name)) == (name, "")
    assert shell_glob(escaped(name))(name)
    assert not shell_glob(escaped(name))(f"{name}x")


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "a glob must not be empty"), ("[z-a]", r"glob '\[z-a\]' cannot be read")],
)
def test_a_shell_glob_that_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        shell_glob(text)


def test_a_shell_glob_of_many_stars_keeps_nobody_waiting() -> None:
    with pytest.raises(UsageError, match="takes too long"):
        shell_glob("**a" * 60 + "b")("a" * 5000)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("!a", "glob '!a' starts with '!'", "write '\\!a' for a name that starts so"),
        ("#b", "glob '#b' starts with '#'", "write '\\#b' for a name that starts so"),
        *((text, f"glob '{text}' matches nothing", "") for text in ("", "  ", "/")),
    ],
)
def test_a_glob_that_would_be_no_rule_is_named_with_what_helps(
    text: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as refused:
        gitignore_glob(text)

    assert str(refused.value) == message
    assert hint in (refused.value.hint or "")


def test_an_expression_that_cannot_be_read_is_named_with_the_reason() -> None:
    with pytest.raises(UsageError, match=r"'a\(b'.*(parenthes|missing)") as refused:
        regex("a(b")

    assert refused.value.hint == r"use Python's syntax; \. matches a dot"
