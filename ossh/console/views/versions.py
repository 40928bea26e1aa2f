"""What `ls --versions` and `ls --deleted` show. Pure."""

from typing import Any

from ossh.catalog import Deleted
from ossh.console.views.ls import object_record
from ossh.console.views.table import Cell, Column, Form
from ossh.console.views.text import Tone
from ossh.language import N_, _
from ossh.model import ObjectVersion
from ossh.units import format_moment, format_size, local_time

_LATEST, _DELETED = N_("latest"), N_("deleted")


def _state(version: ObjectVersion) -> Cell:
    if version.is_marker:
        return Cell(_(_DELETED), Tone.WARN)
    return Cell(_(_LATEST) if version.is_latest else "", Tone.GOOD)


def _version_record(version: ObjectVersion) -> dict[str, Any]:
    marks = {"latest": version.is_latest, "delete_marker": version.is_marker}
    facts = object_record(version.info)
    if version.is_marker:
        facts = {name: facts[name] for name in ("key", "last_modified", "version_id")}
        facts |= {"size": None}
    return facts | marks


VERSIONS: Form[ObjectVersion] = Form(
    columns=(
        Column("modified"),
        Column("size", right=True),
        Column(""),
        Column("name"),
        Column("version", below=True),
    ),
    cells=lambda one: (
        local_time(one.info.last_modified),
        "-" if one.is_marker else format_size(one.info.size),
        _state(one),
        one.info.key,
        one.info.version_id,
    ),
    record=_version_record,
    fields=("size", "last_modified", "latest", "delete_marker", "version_id", "key"),
)

DELETED: Form[Deleted] = Form(
    columns=(
        Column("deleted"),
        Column("as of"),
        Column("size", right=True),
        Column("name"),
        Column("version", below=True),
    ),
    cells=lambda one: (
        local_time(one.deleted),
        "-" if one.as_of is None else format_moment(one.as_of),
        format_size(one.info.size),
        one.info.key,
        one.info.version_id,
    ),
    record=lambda one: object_record(one.info) | {"deleted": one.deleted, "as_of": one.as_of},
    fields=("size", "deleted", "as_of", "version_id", "key"),
)
