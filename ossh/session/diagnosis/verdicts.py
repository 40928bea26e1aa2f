"""What findings about a connection and this machine mean, and what to do about them. Pure."""

from datetime import datetime
from enum import StrEnum

from ossh.advice import advice
from ossh.errors import OsshError
from ossh.language import N_, Words
from ossh.model import KIB, MIB, Cause, Failure, value
from ossh.units import format_duration, format_size

CLOCK_SECONDS = 5.0  # a service that sends whole seconds may seem to differ by this much
CLOCK_LIMIT_SECONDS = 900.0  # beyond, OSS refuses signatures
CERTIFICATE_DAYS = 14.0  # certificates are renewed earlier than that
LITTLE_SPACE = 1024 * MIB
LITTLE_TO_MEASURE = 256 * KIB  # with less, a speed says more about requests than about the line


class Verdict(StrEnum):
    OK = N_("ok")
    WARNING = N_("warning")
    PROBLEM = N_("problem")
    SKIPPED = N_("skipped")


@value
class DoctorCheck:
    """One line of what `doctor` found."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""


def ok(name: str, found: str) -> DoctorCheck:
    return DoctorCheck(name, Verdict.OK, found)


def skipped(name: str, why: str) -> DoctorCheck:
    return DoctorCheck(name, Verdict.SKIPPED, why)


def warning(name: str, found: str, remedy: str) -> DoctorCheck:
    return DoctorCheck(name, Verdict.WARNING, found, remedy)


def refused(name: str, error: OsshError) -> DoctorCheck:
    return DoctorCheck(name, Verdict.PROBLEM, str(error), error.hint or "")


def problem(name: str, why: Failure) -> DoctorCheck:
    text = why.message
    if why.request_id:
        text = Words("{message} (request {id})", message=text, id=why.request_id)
    return DoctorCheck(name, Verdict.PROBLEM, text, advice(why.cause, why.code))


def certificate(issuer: str, expires: datetime | None, now: datetime) -> DoctorCheck:
    """Judge a trusted certificate by the days it is still good for."""
    if expires is None:
        return ok(
            N_("tls"),
            Words("trusted, issued by {issuer}", issuer=issuer or Words("an unnamed issuer")),
        )
    days = (expires - now).total_seconds() / 86_400
    found = Words(
        "trusted, issued by {issuer}, valid for {days:.0f} more days", issuer=issuer, days=days
    )
    if days < CERTIFICATE_DAYS:
        remedy = Words("have the endpoint's certificate renewed, or check this computer's clock")
        return warning(N_("tls"), found, remedy)
    return ok(N_("tls"), found)


def no_tls(*, is_local: bool) -> DoctorCheck:
    if is_local:
        return ok(N_("tls"), Words("not used, and not needed on this machine"))
    found = Words("not used: anyone along the way can read and change what is sent")
    return warning(N_("tls"), found, Words("use an endpoint that starts with https://"))


def untrusted(why: Failure, issuer: str) -> DoctorCheck:
    """Judge a certificate that is not trusted, or no TLS where it should be."""
    found = why.message
    if issuer:
        found = Words(
            "{problem}; its certificate was issued by {issuer}", problem=found, issuer=issuer
        )
    return DoctorCheck(N_("tls"), Verdict.PROBLEM, found, advice(Cause.TLS))


def clock(offset_seconds: float) -> DoctorCheck:
    """Judge by how much the service's clock is ahead of this computer's."""
    off = abs(offset_seconds)
    if off <= CLOCK_SECONDS:
        return ok(N_("clock"), Words("agrees with the service's to within a few seconds"))
    found = Words("this computer's clock is {time} ahead", time=format_duration(off))
    if offset_seconds > 0:
        found = Words("this computer's clock is {time} behind", time=format_duration(off))
    is_far = off > CLOCK_LIMIT_SECONDS
    if is_far:
        found = Words(
            "{problem}; OSS would refuse its signatures, but ossh corrects for that", problem=found
        )
    verdict = Verdict.PROBLEM if is_far else Verdict.WARNING
    return DoctorCheck(N_("clock"), verdict, found, Words("set this computer's clock"))


def internal(*, is_internal: bool, is_reached: bool, answers: bool) -> DoctorCheck:
    """Judge which kind of endpoint is better here.

    `is_internal` and `is_reached` are said of the current one, `answers` of the internal one.
    """
    name = N_("internal or public")
    if is_internal and is_reached:
        return ok(
            name, Words("the internal endpoint is used: it is fast, and its traffic is not billed")
        )
    if is_internal:
        found = Words("the internal endpoint answers only inside its region")
        return DoctorCheck(name, Verdict.PROBLEM, found, Words("connect without --internal"))
    if answers:
        found = Words(
            "the internal endpoint answers here, but the public one is used, which is billed"
        )
        return warning(name, found, "connect --internal")
    if is_reached:
        return ok(
            name, Words("the public endpoint is right: the internal one does not answer here")
        )
    return skipped(name, Words("neither of them answers"))


def speed(name: str, received: int, seconds: float) -> DoctorCheck:
    """Report the speed of so many bytes."""
    if received < LITTLE_TO_MEASURE or seconds <= 0:
        size = format_size(received)
        return skipped(name, Words("only {size} to read here, too little to measure", size=size))
    rate = f"{format_size(received / seconds)}/s"
    return ok(name, Words("{rate} ({size} read)", rate=rate, size=format_size(received)))


def space(free: int, needed: int, where: str) -> DoctorCheck:
    """Judge the bytes free at the target by those that the open job lacks, 0 if not known."""
    found = Words("{size} free at {folder}", size=format_size(free), folder=where)
    if needed > free:
        found = Words("{found}, the open job needs {size}", found=found, size=format_size(needed))
        return DoctorCheck(
            N_("space"),
            Verdict.PROBLEM,
            found,
            Words("free some space, or download to another disk (get --to DIR)"),
        )
    if free < LITTLE_SPACE:
        return warning(N_("space"), found, Words("free some space before a large download"))
    return ok(N_("space"), found)


def unwritable(where: str) -> DoctorCheck:
    remedy = Words("choose another folder (lcd DIR, get --to DIR), or make this one writable")
    return DoctorCheck(
        N_("space"), Verdict.PROBLEM, Words("{folder} is not writable", folder=where), remedy
    )


def descriptors(allowed: int, needed: int) -> DoctorCheck:
    found = Words("enough for {number:,} connections at once", number=allowed)
    if allowed < needed:
        return warning(N_("open files"), found, Words("allow more open files: ulimit -n 4096"))
    return ok(N_("open files"), found)
