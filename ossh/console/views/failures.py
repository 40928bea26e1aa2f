"""What `failures` shows, and `status --key KEY`: one object of a job. Pure."""

from collections.abc import Iterator
from typing import Any

from ossh.console.views.table import Cell, Column, Form, attributes
from ossh.console.views.text import Tone, count, labelled, paint
from ossh.language import N_, Told, Words, _
from ossh.model import Entry
from ossh.printable import printable
from ossh.session.jobs.job_facts import CauseReport
from ossh.units import told_size


def entry_record(entry: Entry) -> dict[str, Any]:
    """Return an entry that is not at the target as JSON has it."""
    failure = entry.failure
    return {
        "key": entry.key,
        "path": entry.path,
        "code": failure.code if failure else "",
        "message": failure.message if failure else "",
        "attempts": entry.attempts,
        "request_id": failure.request_id if failure else "",
        "cause": str(failure.cause) if failure else str(entry.status),
    }


def _code(entry: Entry) -> str:
    """Return the code of a failure, unless it only repeats the cause."""
    code = entry.failure.code if entry.failure else ""
    return "" if entry.failure and code.replace(" ", "-") == entry.failure.cause else code


FAILURES: Form[Entry] = Form(
    columns=(
        Column("cause", lambda entry: Cell(entry_record(entry)["cause"], Tone.BAD)),
        Column("code", _code, optional=True),
        Column("tries", lambda entry: str(entry.attempts), right=True),
        Column(
            "request",
            lambda entry: Cell(entry_record(entry)["request_id"], Tone.DIM),
            optional=True,
        ),
        Column("reason", lambda entry: _(entry_record(entry)["message"]), optional=True),
        Column("key", lambda entry: entry.key),
    ),
    record=entry_record,
    fields=("cause", "code", "attempts", "request_id", "message", "path", "key"),
)


def _cause_record(one: CauseReport) -> dict[str, Any]:
    facts = attributes("cause", "objects", "meaning", "advice", "request_ids")(one)
    reasons = [{"message": message, "objects": number} for message, number in one.messages]
    return facts | {"messages": reasons}


def _cause_lines(one: CauseReport, _width: int) -> Iterator[str]:
    """Yield why objects are not at the target: what the cause means, and what to do about it."""
    yield labelled(paint(one.cause, Tone.BAD), count(one.objects, "object"))
    yield f"  {_(one.meaning)}"
    yield from (f"  {number:,} {_(message)}" for message, number in one.messages)
    if one.advice:
        yield "  " + _("to do: {advice}").format(advice=_(one.advice))
    if one.request_ids:
        ids = printable(", ".join(one.request_ids))
        yield "  " + _("for support: request {ids}").format(ids=ids)


CAUSES: Form[CauseReport] = Form(
    record=_cause_record,
    fields=("cause", "objects", "meaning", "advice", "request_ids"),
    lines=_cause_lines,
)


def entry_facts(entry: Entry) -> dict[str, str]:
    """Return what is known of a job's object, as text: where it is, how verified, or why not."""
    shown = {
        N_("key"): entry.key,
        N_("path"): entry.path,
        N_("status"): Words(entry.status),
        N_("size"): told_size(entry.size),
        N_("attempts"): str(entry.attempts),
    }
    if entry.proof:
        shown[N_("proof")] = Words(entry.proof)
    if entry.failure:
        shown[N_("cause")] = str(entry.failure.cause)
        shown[N_("message")] = Told(entry.failure.message, _(entry.failure.message))
        shown[N_("request_id")] = entry.failure.request_id
    return shown
