"""Local names: never outside the target, never two keys in one file, always the same."""

import ntpath
import os
import posixpath
import re
import string
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ossh import paths
from ossh.errors import UsageError
from ossh.model import ObjectInfo
from ossh.paths import (
    TARGET_ITSELF,
    NameRules,
    alternative,
    ancestors,
    as_above,
    below_target,
    expanded,
    extended,
    folded,
    is_reserved,
    is_same,
    is_shown_below,
    local_path,
    local_paths,
    long_path,
    ordinary,
    path_in,
    plain,
    real,
    roomy,
)

LINUX = NameRules.native("linux")
MACOS = NameRules.native("darwin")
WINDOWS = NameRules.native("win32")
PORTABLE = NameRules.portable()
SHORT = NameRules(windows=False, fold_case=False, fold_form=False, max_component=64)
ALL_RULES = [LINUX, MACOS, WINDOWS, PORTABLE, SHORT, replace(WINDOWS, max_component=64)]

MARK = "%~0123456789abcdef"
AWKWARD = [
    *'/./\\ :*?"<>|%~\0\n\x1b\x7f1aA9-',
    *["..", "//", "%2F", "%2E", "%25", "%20", "%00", "%3A", "%43", "%6E", "%7E1", "2F", "E", MARK],
    *["CON", "con", "nul", "AUX.", "COM1", "LPT¹", "conin$", "CLOCK$", "ON", "PRN .txt"],
    *[".ossh", ".OSSH", ".oss-failed.csv", "\u200c", "\u202e", "\ufeff", "~1", "A~1.TXT"],
    *["é", "e\u0301", "ß", "K", "中" * 90, "x" * 300, "😀" * 70, ".tar.gz", ".csv", "long" * 20],
]
pieces = st.lists(
    st.sampled_from(AWKWARD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
    min_size=1,
    max_size=8,
)
keys = pieces.map("".join).filter(bool)  # a key has one character at least
rules_of_all_kinds = st.sampled_from(ALL_RULES)

CODE_ON_POSIX = re.compile(r"%((?:25)*)(00|2E|2F|~[0-9A-Fa-f]{16})")
CODE_ON_WINDOWS = re.compile(
    r"%((?:25)*)([01][0-9A-F]|20(?=/|\Z)|2[2AEF]|3[ACEF]|[57]C|7E(?=[0-9])|~[0-9A-Fa-f]{16})"
    r"|(?:(?<=/)|\A)%((?:25)*)(4[13CE]|50|6[13CE]|70)"
)


def key_of(path: str, rules: NameRules) -> str:
    """Read a path back, as its owner may; written apart from the code that made it."""
    if path in {TARGET_ITSELF, "%2E%2F"}:
        return ""

    def character(match: re.Match[str]) -> str:
        escapes, code = (group for group in match.groups() if group is not None)
        if escapes:
            return f"%{escapes[2:]}{code}"
        return chr(int(code, 16))

    pattern = CODE_ON_WINDOWS if rules.windows else CODE_ON_POSIX
    name = pattern.sub(character, path.removesuffix("/"))
    return name + "/" if path.endswith("/") and not name.endswith("/") else name


def is_shortened(path: str) -> bool:
    return re.search(r"%~[0-9a-f]{16}", path) is not None


def length(component: str, rules: NameRules) -> int:
    return len(component.encode("utf-16-le")) // 2 if rules.utf16 else len(component.encode())


def opens_a_device(component: str) -> bool:
    """Tell what Windows does, in the words of Python 3.13's ntpath.isreserved."""
    devices = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}
    devices |= {f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"}
    return component.partition(".")[0].rstrip(" ").upper() in devices


@pytest.mark.fault("F1")
class TestPathsThatStayBelowTheTarget:
    @given(key=keys, is_folder=st.booleans())
    @pytest.mark.parametrize("rules", ALL_RULES)
    def test_a_path_never_leaves_the_target_on_posix(
        self, rules: NameRules, key: str, *, is_folder: bool
    ) -> None:
        path = local_path(key, "", rules, is_folder=is_folder)

        whole = posixpath.normpath(posixpath.join("/target", path))
        assert whole == "/target/" + path.removesuffix("/")
        assert not {"", ".", ".."} & set(path.removesuffix("/").split("/"))
        assert "\0" not in path

    @pytest.mark.fault("F2")
    @given(key=keys, is_folder=st.booleans())
    @pytest.mark.parametrize("rules", [WINDOWS, PORTABLE])
    def test_a_path_never_leaves_the_target_on_windows(
        self, rules: NameRules, key: str, *, is_folder: bool
    ) -> None:
        path = local_path(key, "", rules, is_folder=is_folder)

        local = path.removesuffix("/").replace("/", "\\")
        assert ntpath.normpath(ntpath.join(r"D:\target", local)) == "D:\\target\\" + local
        for component in local.split("\\"):
            assert not re.search(r'[\0-\x1f"*/:<>?\\|]', component)
            assert component == component.rstrip(". ")
            assert not opens_a_device(component)

    @given(key=keys)
    @pytest.mark.parametrize("rules", [WINDOWS, PORTABLE])
    def test_a_path_never_names_a_file_by_its_short_name(self, rules: NameRules, key: str) -> None:
        for component in local_path(key, "", rules).split("/"):
            base, _, extension = component.partition(".")
            is_short = len(base) <= 8 and len(extension) <= 3 and "." not in extension
            assert not (is_short and re.search(r"~[0-9]+\Z", base))

    @given(key=keys, is_folder=st.booleans(), rules=rules_of_all_kinds)
    def test_no_key_gets_a_name_that_is_ours(
        self, key: str, rules: NameRules, *, is_folder: bool
    ) -> None:
        path = local_path(key, "", rules, is_folder=is_folder)

        assert not is_reserved(folded(path.split("/")[0], rules))

    @pytest.mark.fault("F7")
    @given(key=keys, rules=rules_of_all_kinds)
    def test_a_component_is_never_longer_than_the_disk_allows(
        self, key: str, rules: NameRules
    ) -> None:
        path = local_path(key, "", rules)

        longest = max(length(component, rules) for component in path.split("/"))
        assert longest <= rules.max_component

    @pytest.mark.fault("F3")
    @pytest.mark.skipif(sys.platform != "linux", reason="names that only Linux keeps apart")
    def test_a_real_disk_keeps_every_awkward_key_in_a_file_of_its_own(self, tmp_path: Path) -> None:
        names = [*AWKWARD, "../../x", "a/../../y", "/etc/x", "//x", "C:\\x", "a\\..\\b", "\\\\srv"]
        folders = {"a", ".."}  # of "a/../../y" and "../../x"
        all_keys = [key for key in dict.fromkeys(names) if key not in folders]
        target = tmp_path / "target"

        for key in all_keys:
            file = target / local_path(key, "", LINUX)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(key, newline="")

        found = [file.read_bytes().decode() for file in target.rglob("*") if file.is_file()]
        assert sorted(found) == sorted(all_keys)
        assert list(tmp_path.iterdir()) == [target]


@pytest.mark.fault("F1")
@pytest.mark.fault("F2")
class TestPathsThatCanBeReadBack:
    @given(key=keys, rules=rules_of_all_kinds)
    @example(key="%25%2F", rules=LINUX)
    @example(key="%%2F2F", rules=LINUX)
    @example(key="%2525~0123456789abcdef", rules=LINUX)
    def test_a_key_can_be_read_back_from_its_path(self, key: str, rules: NameRules) -> None:
        path = local_path(key, "", rules)

        assume(not is_shortened(path))
        assert key_of(path, rules) == key

    @pytest.mark.fault("F6")
    @given(key=keys, rules=rules_of_all_kinds)
    def test_a_folder_key_can_be_read_back_from_its_path(self, key: str, rules: NameRules) -> None:
        path = local_path(key + "/", "", rules, is_folder=True)

        assert path.endswith("/")
        assume(not is_shortened(path))
        assert key_of(path, rules) == key + "/"

    @given(key=keys, rules=rules_of_all_kinds)
    def test_a_key_that_spells_the_path_of_another_gets_another_path(
        self, key: str, rules: NameRules
    ) -> None:
        path = local_path(key, "", rules)

        assume(path != key)
        assert local_path(path, "", rules) != path

    @pytest.mark.fault("F7")
    @given(start=keys, rules=rules_of_all_kinds)
    def test_long_components_that_differ_at_the_end_have_different_paths(
        self, start: str, rules: NameRules
    ) -> None:
        one, other = (start + "x" * 300 + end + ".csv" for end in "ab")

        assert local_path(one, "", rules) != local_path(other, "", rules)

    @given(key=keys, rules=rules_of_all_kinds)
    def test_an_ordinary_path_is_what_the_careful_way_gives(
        self, key: str, rules: NameRules
    ) -> None:
        assume(ordinary(rules).match(key))

        assert paths._mapped(key, rules, is_folder=False) == key

    @pytest.mark.parametrize("rules", ALL_RULES)
    @pytest.mark.parametrize(
        "key",
        [
            "logs/2026/01/02/part-00001.csv.gz",
            "photos/IMG 0001 (2).JPG",
            "数据/文件.csv",
            "a/.hidden/b",
            "100% wool/50%.txt",
            "mail%40example.org",
            "console/config.json/null.txt",
            "notes.txt~",
            "rather-long-name~1.txt",
            string.ascii_letters + string.digits,
            "-_+=,;()[]{}!@#$&'",
        ],
    )
    def test_an_ordinary_key_is_its_own_path(self, key: str, rules: NameRules) -> None:
        assert local_path(key, "", rules) == key
        assert below_target(windows=rules.windows).match(key)


# Names that are mapped


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("../../x", ".%2E/.%2E/x"),
        ("a/../../x", "a/.%2E/.%2E/x"),
        ("..", ".%2E"),
        (".", "%2E"),
        ("a/./b", "a/%2E/b"),
        ("/etc/x", "%2Fetc/x"),
        ("//x", "%2F%2Fx"),
        ("a//b", "a/%2Fb"),
        ("a///b", "a/%2F%2Fb"),
        ("dir/", "dir%2F"),
        ("dir//", "dir/%2F"),
        ("/", "%2F"),
        ("nul\0byte", "nul%00byte"),
        (".ossh/x", "%2Eossh/x"),
        ("%2Eossh/x", "%252Eossh/x"),
        (".oss-failed.csv", "%2Eoss-failed.csv"),
        ("a%2Fb", "a%252Fb"),
        ("a%252Fb", "a%25252Fb"),
        (f"a{MARK}", "a%25~0123456789abcdef"),
    ],
)
@pytest.mark.parametrize("rules", [LINUX, MACOS, WINDOWS, PORTABLE])
def test_what_no_disk_holds_is_shown_as_a_code(key: str, path: str, rules: NameRules) -> None:
    assert local_path(key, "", rules) == path
    assert path != key


@pytest.mark.fault("F2")
@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("C:\\x", "C%3A%5Cx"),
        ("C:", "C%3A"),
        ("a\\..\\b", "a%5C..%5Cb"),
        ("\\\\srv\\x", "%5C%5Csrv%5Cx"),
        ("\\\\?\\C:\\x", "%5C%5C%3F%5CC%3A%5Cx"),
        ('<>:"|?*', "%3C%3E%3A%22%7C%3F%2A"),
        ("line\nbreak\x1b", "line%0Abreak%1B"),
        ("file::$DATA", "file%3A%3A$DATA"),
        ("end.", "end%2E"),
        ("end ", "end%20"),
        (".. /x", "..%20/x"),
        (".../x", "..%2E/x"),
        (" /x", "%20/x"),
        (".ossh./x", "%2Eossh%2E/x"),
        ("CON", "%43ON"),
        ("a/nul/b", "a/%6Eul/b"),
        ("Aux.tar.gz", "%41ux.tar.gz"),
        ("NUL .txt", "%4EUL .txt"),
        ("com1.txt", "%63om1.txt"),
        ("COM¹", "%43OM¹"),
        ("LPT0", "%4CPT0"),
        ("CONIN$", "%43ONIN$"),
        ("%43ON", "%2543ON"),
        ("LONGNA~1.TXT", "LONGNA%7E1.TXT"),
        ("OSSH~1/x", "OSSH%7E1/x"),
        ("a~b~1", "a~b%7E1"),
        ("A~1..", "A%7E1.%2E"),
        ("a%20", "a%2520"),
        ("a%20b", "a%20b"),
    ],
)
@pytest.mark.parametrize("rules", [WINDOWS, PORTABLE])
def test_what_windows_refuses_or_misreads_is_shown_as_a_code(
    key: str, path: str, rules: NameRules
) -> None:
    assert local_path(key, "", rules) == path


@pytest.mark.parametrize(
    "key", ["C:\\x", "a\\..\\b", "a:b", "CON", "nul.txt", "end.", "end ", "A~1", "tab\there"]
)
def test_linux_keeps_what_only_windows_minds(key: str) -> None:
    assert local_path(key, "", LINUX) == key


def test_names_of_ours_are_mapped_in_every_spelling_that_the_disk_takes_for_them() -> None:
    assert local_path(".OSSH/x", "", LINUX) == ".OSSH/x"
    assert local_path(".OSSH/x", "", MACOS) == "%2EOSSH/x"
    assert local_path(".Oss-Failed.CSV", "", WINDOWS) == "%2EOss-Failed.CSV"
    assert local_path("\u200c.os\u200dsh/x", "", MACOS) == "\u200c%2Eos\u200dsh/x"


@pytest.mark.parametrize("rules", ALL_RULES)
def test_the_folder_of_ours_is_nobodys_at_any_level(rules: NameRules) -> None:
    assert local_path("a/.ossh/b", "", rules) == "a/%2Eossh/b"
    assert local_path("a/b/.ossh", "", rules) == "a/b/%2Eossh"
    assert local_path("a/.ossh-notes/.ossh.d", "", rules) == "a/.ossh-notes/.ossh.d"
    assert local_path("a/.oss-failed.csv", "", PORTABLE) == "a/.oss-failed.csv"


@pytest.mark.fault("F7")
class TestLongNames:
    def test_a_long_component_keeps_its_start_and_extension_and_is_pinned(self) -> None:
        path = local_path("logs/" + "x" * 300 + ".tar.gz", "", LINUX)

        assert path == "logs/" + "x" * 230 + "%~34615b0309721788.tar.gz"

    def test_windows_counts_utf16_units_and_others_count_bytes(self) -> None:
        key = "中" * 100 + ".csv"

        assert local_path(key, "", WINDOWS) == key
        assert is_shortened(local_path(key, "", LINUX))
        assert is_shortened(local_path(key, "", PORTABLE))

    @pytest.mark.parametrize("rules", ALL_RULES)
    def test_no_character_is_cut_in_half(self, rules: NameRules) -> None:
        for shift in range(5):
            path = local_path("x" * shift + "😀" * 200, "", rules)

            assert re.fullmatch(r"x*😀+%~[0-9a-f]{16}", path)

    def test_a_name_that_only_looks_like_an_extension_is_cut(self) -> None:
        path = local_path("." + "a" * 300, "", LINUX)

        assert path == "." + "a" * 236 + path[-18:]


# Prefixes


def test_paths_start_after_the_last_slash_of_any_other_prefix() -> None:
    assert local_path("logs/2026-01/a.gz", "logs/2026-", LINUX) == "2026-01/a.gz"
    assert local_path("logs/a.gz", "lo", LINUX) == "logs/a.gz"
    assert local_path("logs/a.gz", "logs/a.gz", LINUX) == "a.gz"


def test_the_marker_of_the_prefix_is_the_target_itself() -> None:
    path = local_path("logs/", "logs/", LINUX, is_folder=True)

    assert path == TARGET_ITSELF


def test_data_under_the_name_of_the_prefix_has_a_name_no_other_key_has() -> None:
    path = local_path("logs/", "logs/", LINUX)

    assert path == "%2E%2F"
    assert local_path("logs/" + path, "logs/", LINUX) != path
    assert local_path("logs/./", "logs/", LINUX) == ".%2F"


# Folders


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("dir/", "dir/"),
        ("a/b/", "a/b/"),
        ("../", ".%2E/"),
        ("./", "%2E/"),
        ("/", "%2F/"),
        ("//", "%2F%2F/"),
        ("dir//", "dir/%2F/"),
        (".ossh/", "%2Eossh/"),
    ],
)
def test_an_empty_object_that_ends_in_a_slash_is_a_folder(key: str, path: str) -> None:
    assert local_path(key, "", LINUX, is_folder=True) == path


@pytest.mark.fault("F6")
def test_data_in_a_folder_key_stands_beside_the_folder() -> None:
    assert local_path("dir/", "", LINUX) == "dir%2F"
    assert local_path("dir/x", "", LINUX) == "dir/x"


# Alternatives


@given(key=keys, rules=rules_of_all_kinds)
def test_an_alternative_is_a_new_name_in_the_same_folder_that_no_key_has(
    key: str, rules: NameRules
) -> None:
    path = local_path(key, "", rules)

    other = alternative(path, key, rules)

    assert folded(other, rules) != folded(path, rules)
    assert other.rpartition("/")[0] == path.rpartition("/")[0]
    assert length(other.rpartition("/")[2], rules) <= rules.max_component
    assert local_path(other, "", rules) != other
    assert alternative(other, key, rules) != other


@pytest.mark.fault("F3")
def test_an_alternative_is_the_same_every_time_and_keeps_the_extension() -> None:
    assert alternative("a/B.tar.gz", "a/B.tar.gz", WINDOWS) == "a/B%~7c200884d0d13888.tar.gz"


def test_the_alternative_of_a_folder_is_a_folder() -> None:
    assert re.fullmatch(r"a/x%~[0-9a-f]{16}/", alternative("a/x/", "a/x/", LINUX))


def test_a_hidden_name_is_no_extension() -> None:
    assert re.fullmatch(r"\.bashrc%~[0-9a-f]{16}", alternative(".bashrc", ".bashrc", LINUX))


# Folding


@given(key=keys)
def test_a_disk_that_folds_nothing_compares_names_as_they_are(key: str) -> None:
    assert folded(key, LINUX) == key


@given(key=keys, rules=rules_of_all_kinds)
def test_folding_twice_is_folding_once(key: str, rules: NameRules) -> None:
    assert folded(folded(key, rules), rules) == folded(key, rules)


@pytest.mark.fault("F4")
@pytest.mark.parametrize("rules", [WINDOWS, MACOS, PORTABLE])
def test_every_letter_folds_with_its_capital_and_its_small_form(rules: NameRules) -> None:
    for number in [*range(0xD800), *range(0xE000, 0x1F000)]:  # none has case beyond
        char = chr(number)
        for other in {char.upper(), char.lower(), char.title(), char.casefold()}:
            assert folded(char, rules) == folded(other, rules)


@pytest.mark.fault("F4")
@given(key=keys)
@example(key="Å ệ 각 ﬁ")
def test_a_normalising_disk_takes_composed_and_decomposed_names_for_one(key: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, key) for form in ("NFC", "NFD"))

    assert folded(composed, MACOS) == folded(decomposed, MACOS)


def test_windows_tells_composed_and_decomposed_names_apart() -> None:
    assert folded("é", WINDOWS) != folded("e\u0301", WINDOWS)


def test_a_disk_may_normalise_and_yet_mind_case() -> None:
    rules = replace(LINUX, fold_form=True)

    assert folded("E\u0301", rules) == "É"
    assert folded("É", rules) != folded("é", rules)


# Rules


@pytest.mark.fault("F2")
@given(key=keys, is_folder=st.booleans())
def test_a_portable_name_needs_no_mapping_on_any_system(key: str, *, is_folder: bool) -> None:
    path = local_path(key, "", PORTABLE, is_folder=is_folder)

    for rules in (LINUX, MACOS, WINDOWS):
        components = path.removesuffix("/").split("/")
        assert all(length(name, rules) <= rules.max_component for name in components)


def test_ancestors_are_the_folders_above_from_the_top() -> None:
    assert ancestors("a/b/c") == ("a", "a/b")
    assert ancestors("a/b/") == ("a",)
    assert ancestors("a") == ancestors(TARGET_ITSELF) == ()


def test_a_symlink_is_no_folder_whatever_it_is_called() -> None:
    link = ObjectInfo("a/b/", 0, "E1", datetime(2026, 1, 1, tzinfo=UTC), "Symlink")

    assert local_paths([link], "", NameRules.native("linux")) == ["a/b%2F"]


@given(st.lists(keys, max_size=4), rules_of_all_kinds, st.sampled_from(["", "a/", "a/b"]))
@example(["a/b/c/", "x/a/b"], LINUX, "a/b/")
def test_the_paths_of_many_objects_are_those_of_each(
    some: list[str], rules: NameRules, prefix: str
) -> None:
    below = [f"{prefix}{key}" for key in some]
    objects = [ObjectInfo(key, 0, "E1", datetime(2026, 1, 1, tzinfo=UTC)) for key in below]

    assert local_paths(objects, prefix, rules) == [
        local_path(key, prefix, rules, is_folder=key.endswith("/")) for key in below
    ]


@given(keys, rules_of_all_kinds, st.booleans())
def test_what_a_key_becomes_is_known_to_stay_below_the_target(
    key: str,
    rules: NameRules,
    is_folder: bool,  # noqa: FBT001 - Hypothesis passes by position
) -> None:
    path = local_path(key, "", rules, is_folder=is_folder)

    assert below_target(windows=rules.windows).match(path)
    assert below_target(windows=rules.windows).match(alternative(path, key, rules))


@pytest.mark.parametrize(
    ("path", "on_posix", "on_windows"),
    [
        ("a", True, True),
        ("a/b.c/", True, True),
        (TARGET_ITSELF, True, True),
        ("...", True, True),
        ("a/.ossh-like/b", True, True),
        ("", False, False),
        ("/", False, False),
        ("/etc/x", False, False),
        ("..", False, False),
        ("a/../b", False, False),
        ("./a", False, False),
        ("a/./b", False, False),
        ("a//b", False, False),
        ("a\0b", False, False),
        (".ossh", False, False),
        (".ossh/trash/x", False, False),
        (".oss-failed.csv", False, False),
        (".oss-failed-1-of-2.csv", False, False),
        (".OSSH/x", True, False),
        ("X\\b", True, False),
        ("C:x", True, False),
        ("a\n", True, False),
    ],
)
def test_a_path_that_leads_elsewhere_or_is_ours_is_known_whoever_wrote_it(
    path: str, *, on_posix: bool, on_windows: bool
) -> None:
    assert (below_target(windows=False).match(path) is not None) == on_posix
    assert (below_target(windows=True).match(path) is not None) == on_windows


def test_a_name_as_long_as_the_disk_allows_stays_as_it_is() -> None:
    assert local_path("x" * 255, "", LINUX) == "x" * 255
    assert len(local_path("x" * 256, "", LINUX)) == 255


def test_a_name_moved_out_of_the_way_may_lose_its_extension() -> None:
    assert "." not in alternative("a/b.csv", "k", LINUX, keeps_extension=False).partition("%~")[2]


def test_just_the_characters_that_hfs_leaves_out_make_no_difference_there() -> None:
    ignored = {*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF}

    around = [*range(0x2000, 0x2080), *range(0xFEF0, 0xFF01)]

    assert {one for one in around if folded(f"x{chr(one)}", MACOS) == "x"} == ignored


def test_cygwin_has_the_names_of_windows() -> None:
    assert NameRules.native("cygwin") == NameRules.native("win32")


def test_a_home_is_where_a_person_means_one(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path("/me").absolute()
    monkeypatch.setenv("USERPROFILE" if sys.platform == "win32" else "HOME", str(home))

    assert expanded("~/data") == home / "data"
    assert expanded("./~/data") == Path("~", "data")
    assert expanded("data") == Path("data")


@pytest.mark.parametrize("text", ["oss://b/x", "s3://b", "FILE:///tmp"])
def test_an_address_is_no_place_on_this_machine(text: str) -> None:
    with pytest.raises(UsageError, match="is not on this machine"):
        expanded(text)

    assert expanded(f"./{text}") == Path(text)


@pytest.mark.skipif(sys.platform == "win32", reason="there it would be beside one's own")
def test_a_home_that_nobody_knows_is_named() -> None:
    with pytest.raises(UsageError, match="there is no home folder '~nobody-at-all'") as refused:
        expanded("~nobody-at-all/data")

    assert refused.value.hint == "for a name that begins with '~', write it after './'"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_a_real_path_has_no_links_and_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")

    assert real(tmp_path / "link" / "new") == real(tmp_path) / "there" / "new"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_a_folder_is_known_above_a_place_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    place = tmp_path / "link" / "new" / "x"

    assert as_above(place, tmp_path / "there") == tmp_path / "link"
    assert as_above(place, tmp_path / "there" / "new") == tmp_path / "link" / "new"
    assert as_above(place, place) == place
    assert as_above(place, tmp_path / "elsewhere") is None
    assert as_above(place, Path("a\0b")) is None
    assert as_above(place / "a\0b", tmp_path / "there") == tmp_path / "link"


def test_a_folder_is_looked_at_once_for_all_that_may_hold_it_unless_one_is_written_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    looks, stat = list[str](), os.stat

    def noted(path: str, **options: Any) -> os.stat_result:
        looks.append(str(path))
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", noted)

    assert is_same(tmp_path / "x", tmp_path / "x")
    assert as_above(tmp_path / "x" / "y", tmp_path) == tmp_path
    assert looks == []
    assert as_above(tmp_path / "x" / "y", tmp_path / "other") is None
    assert looks.count(str(tmp_path / "other")) == 1


def test_the_path_of_a_place_is_below_the_target() -> None:
    assert Path(path_in("target", "a/b")) == Path("target", "a", "b")
    assert Path(path_in("target", TARGET_ITSELF)) == Path("target")


@pytest.mark.parametrize(
    ("path", "is_shown"),
    [
        ("/home/me/jobs/a.toml", True),
        ("/home/me", True),
        ("/home/me/.config/a", False),
        ("/home/me/a/.b/c", False),
        ("/home/you/a", False),
        ("/home/me-2/a", False),
        ("/home", False),
    ],
)
def test_what_is_shown_below_a_folder_has_no_hidden_name_on_the_way(
    path: str, *, is_shown: bool
) -> None:
    assert is_shown_below(PurePosixPath(path), PurePosixPath("/home/me")) == is_shown


@pytest.mark.fault("F7")
def test_a_path_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert long_path("logs").endswith(str(tmp_path / "logs"))


# Paths of Windows


@pytest.mark.parametrize(
    ("usual", "long"),
    [
        (r"C:\data\x", r"\\?\C:\data\x"),
        (r"\\server\share\data", r"\\?\UNC\server\share\data"),
    ],
)
def test_a_path_of_windows_may_be_long_and_is_shown_as_usual(usual: str, long: str) -> None:
    assert extended(usual) == long
    assert extended(long) == long
    assert plain(long) == usual
    assert plain(usual) == usual


@pytest.mark.parametrize("path", [r"\\.\PHYSICALDRIVE0", r"\\?\Volume{12}\x"])
def test_a_path_that_names_a_device_stays_as_it_is(path: str) -> None:
    assert extended(path) == path
    assert plain(path) == path


def test_only_a_long_folder_of_windows_is_written_otherwise(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 200)

    assert roomy(Path("short")) == Path("short")
    assert roomy(deep) == Path(long_path(str(deep)))
    assert plain(str(roomy(deep))) == str(deep)
