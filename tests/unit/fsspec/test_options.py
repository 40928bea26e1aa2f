"""Options of the file system and of its files: each works, or is refused by name."""

import json
import pickle
from dataclasses import fields
from pathlib import Path
from typing import Any

import fsspec
import pytest

from ossh import Credentials, Options, UsageError, filesystem
from ossh.fsspec.file_system import OsshFileSystem
from ossh.fsspec.options import Reading, Settings, StorageOptions

KEYS = {"key": "LTAI4exampleKey", "secret": "only-a-secret", "token": "only-a-token"}


def test_options_of_a_connection_are_those_of_the_library() -> None:
    given = {"endpoint": "http://localhost", "region": "cn-hangzhou", "requester_pays": True}

    assert Settings.of(given).connection == Options(
        endpoint="http://localhost", region="cn-hangzhou", requester_pays=True
    )
    assert Settings.of({"anon": True}).connection == Options(anonymous=True)
    assert Settings.of({"ca_bundle": Path("bundle")}).connection == Options(ca_bundle="bundle")


def test_what_is_none_or_empty_is_not_given() -> None:
    given: dict[str, Any] = {
        "key": None,
        "secret": "",
        "endpoint": None,
        "anon": False,
        "cache_options": {},
    }

    assert Settings.of(given) == Settings.of({})


def test_keys_are_found_where_they_are_given() -> None:
    find = Settings.of(KEYS).credentials

    assert find is not None
    found = find()
    assert found is not None
    assert (found.access_key_id, found.access_key_secret) == (KEYS["key"], KEYS["secret"])
    assert found.security_token == KEYS["token"]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("endpiont", "did you mean 'endpoint'?"),
        ("profil", "did you mean 'profile'?"),
        ("versionid", "did you mean 'version_id'?"),
        ("endpoint_url", "did you mean 'endpoint'?"),
        ("access_key_id", "did you mean 'key'?"),
        ("default_block_size", "did you mean 'block_size'?"),
        ("unheard_of", "'unheard_of' is not an option of ossh's file system"),
    ],
)
def test_an_option_that_there_is_not_is_named_with_the_nearest(wrong: str, meant: str) -> None:
    with pytest.raises(TypeError) as raised:
        fsspec.filesystem("ossh", **{wrong: "x"})

    assert f"'{wrong}' is not an option" in str(raised.value)
    assert meant in str(raised.value)


def test_files_have_options_of_their_own() -> None:
    with pytest.raises(TypeError, match="did you mean 'cache_type'"):
        Reading().with_options({"cachetype": "all"})
    with pytest.raises(TypeError, match="not an option of an open file"):
        Reading().with_options({"endpoint": "http://localhost"})
    with pytest.raises(ValueError, match="did you mean 'readahead'"):
        Reading().with_options({"cache_type": "readahed"})
    with pytest.raises(ValueError, match="ossh has no cache_type 'mmap'"):
        Reading().with_options({"cache_type": "mmap"})
    with pytest.raises(ValueError, match="block_size is a number of bytes, not -1"):
        Reading().with_options({"block_size": -1})


@pytest.mark.parametrize(
    "given", [{"endpoint": 3}, {"region": b"x"}, {"anon": "no"}, {"block_size": "1MiB"}]
)
def test_a_value_of_a_wrong_type_is_refused_by_name(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"'{next(iter(given))}' takes"):
        Settings.of(given)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"key": "a"}, ("'secret' is missing",)),
        ({"secret": "b"}, ("'key' is missing",)),
        ({"token": "c"}, ("'key' is missing",)),
        ({**KEYS, "anon": True}, ("either 'anon' or 'key', not both",)),
        ({**KEYS, "anonymous": True}, ("either 'anonymous' or 'key', not both",)),
        ({"anon": True, "profile": "work"}, ("either 'profile' or 'anon', not both",)),
        ({**KEYS, "profile": "work"}, ("'profile'", "'key'")),
        ({**KEYS, "credentials": lambda: None}, ("'key'", "'credentials'")),
        ({"anon": True, "credentials": lambda: None}, ("'anon'", "'credentials'")),
    ],
)
def test_who_asks_is_said_once_and_in_full(given: dict[str, Any], names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the words are below
        Settings.of(given)

    assert all(name in str(raised.value) for name in names)


def test_values_that_are_of_no_use_are_refused_at_once() -> None:
    with pytest.raises(UsageError, match="cannot be combined"):
        OsshFileSystem(internal=True, accelerate=True)
    with pytest.raises(UsageError, match="access key id"):
        OsshFileSystem(key="a b", secret="c")
    with pytest.raises(TypeError, match="'credentials' is a function"):
        OsshFileSystem(credentials=Credentials("a", "b"))


def test_options_of_every_file_system_keep_their_meaning() -> None:
    fs = OsshFileSystem(
        use_listings_cache=False, listings_expiry_time=3, max_paths=7, skip_instance_cache=True,
        asynchronous=True, loop=None, batch_size=4,
    )  # fmt: skip

    assert (fs.dircache.use_listings_cache, fs.dircache.listings_expiry_time) == (False, 3)
    assert fs.dircache.max_paths == 7
    assert fs is not OsshFileSystem(skip_instance_cache=True)
    assert OsshFileSystem(anon=True) is OsshFileSystem(anon=True)
    assert OsshFileSystem().dircache.listings_expiry_time == 60


def test_no_key_is_in_anything_that_is_kept_or_shown() -> None:
    given = OsshFileSystem(endpoint="http://localhost", **KEYS)
    found = OsshFileSystem(credentials=lambda: Credentials("only-a-key", "only-a-secret"))

    for fs in (given, found):
        shown = [repr(fs), str(vars(fs)), fs.to_json(), str(fs.to_dict()), str(fs.storage_options)]
        shown += [fs._fs_token, repr(pickle.dumps(fs))]
        assert not [text for text in shown if "only-a-" in text or KEYS["key"] in text]
    assert json.loads(given.to_json())["endpoint"] == "http://localhost"


def test_different_keys_are_different_file_systems() -> None:
    one, other = OsshFileSystem(**KEYS), OsshFileSystem(**{**KEYS, "key": "LTAI4otherKey"})

    assert one is not other
    assert one != other
    assert one is OsshFileSystem(**KEYS)


def test_options_of_the_function_are_those_that_were_given() -> None:
    fs = filesystem(options=Options(region="cn-hangzhou"))

    assert fs.storage_options == {"region": "cn-hangzhou"}


def test_the_function_takes_what_fsspec_takes() -> None:
    given = {"endpoint": "http://localhost", "anon": True, "verify": True, "block_size": 1 << 20}

    assert filesystem(**given) is fsspec.filesystem("ossh", **given)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="did you mean 'endpoint'"):
        filesystem(endpiont="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'region' is given twice"):
        filesystem(options=Options(region="cn-hangzhou"), region="cn-beijing")
    with pytest.raises(TypeError, match=r"options= takes ossh\.Options"):
        filesystem(options={"region": "cn-hangzhou"})  # type: ignore[arg-type]


def test_type_checkers_know_each_option() -> None:
    known = StorageOptions.__annotations__.keys()

    assert {one.name for one in fields(Options)} < known
    assert {one.name for one in fields(Reading)} < known
    for name in known:
        with pytest.raises(TypeError) as raised:
            Settings.of({name: object(), "unheard_of": 1})
        assert "'unheard_of'" in str(raised.value)
