from datetime import UTC, datetime

import pytest

from ossh import protocol
from ossh.commands.stat import object_facts, restore_state
from ossh.language import said
from ossh.model import ObjectInfo, ObjectStat
from ossh.units import local_time

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
THAWED = 'ongoing-request="false", expiry-date="Thu, 24 Sep 2020 12:40:33 GMT"'


def shown(headers: dict[str, str], storage_class: str = "Standard") -> dict[str, str]:
    info = ObjectInfo("k", 2048, "E", WHEN, storage_class=storage_class)
    return {name: said(text) for name, text in object_facts(ObjectStat(info, headers))}


def test_programs_read_bytes_and_moments_in_utc() -> None:
    headers = {"expires": "Thu, 24 Sep 2020 12:40:33 GMT", "x-oss-restore": THAWED}
    info = ObjectInfo("k", 2048, "E", WHEN, storage_class="Archive")

    read = dict(object_facts(ObjectStat(info, headers)))

    assert (read["size"], read["modified"]) == ("2048", "2026-01-01T00:00:00Z")
    assert read["expires"] == "2020-09-24T12:40:33Z"
    assert read["restore"] == "readable until 2020-09-24T12:40:33Z"


def test_what_every_object_has_comes_first() -> None:
    assert list(shown({"x-oss-hash-crc64ecma": "7"}).items()) == [
        ("key", "k"),
        ("size", "2,048 (2.0 KiB)"),
        ("modified", local_time(WHEN)),
        ("type", "Normal"),
        ("class", "Standard"),
        ("etag", "E"),
        ("crc64", "7"),
    ]


def test_encryption_and_its_key_version_and_metadata_are_told() -> None:
    said = shown(
        {
            "x-oss-meta-author": "me",
            "x-oss-server-side-encryption": "KMS",
            "x-oss-server-side-encryption-key-id": "9468da86",
            "x-oss-version-id": "CAEQ",
        }
    )

    assert list(said.items())[-4:] == [
        ("encryption", "KMS (SSE-KMS)"),
        ("kms-key", "9468da86"),
        ("version", "CAEQ"),
        ("x-oss-meta-author", "me"),
    ]


def test_the_services_own_encryption_is_told_from_that_by_a_key_of_kms() -> None:
    assert shown({"x-oss-server-side-encryption": "AES256"})["encryption"] == "AES256 (SSE-OSS)"


@pytest.mark.parametrize("name", protocol.CLIENT_ENCRYPTION)
def test_encryption_on_the_clients_side_is_told(name: str) -> None:
    assert shown({name: "c2VjcmV0"})["client-encryption"].startswith("yes: downloaded as stored")
    assert "client-encryption" not in shown({})


def test_what_ossh_has_no_word_for_keeps_its_name_and_the_answers_own_is_left_out() -> None:
    said = shown({"x-oss-new": "1", "x-oss-request-id": "5C3D", "date": "now", "server": "OSS"})

    assert list(said)[-1] == "x-oss-new"
    assert not {"x-oss-request-id", "date", "server"} & set(said)


@pytest.mark.parametrize(
    ("storage_class", "header", "state"),
    [
        ("Standard", "", ""),
        ("Archive", "", "needed before it can be read"),
        ("ColdArchive", 'ongoing-request="true"', "in progress"),
        ("Archive", 'ongoing-request="false"', "readable"),
        (
            "Archive",
            THAWED,
            f"readable until {local_time(datetime(2020, 9, 24, 12, 40, 33, tzinfo=UTC))}",
        ),
        ("Archive", 'ongoing-request="false", expiry-date="soon"', "readable until soon"),
    ],
)
def test_how_far_an_archived_object_is_from_being_readable(
    storage_class: str, header: str, state: str
) -> None:
    assert said(restore_state(storage_class, header)) == state
