"""What findings about a connection and this machine mean, and what to do about them. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ossh.model import MIB, Cause, Failure
from ossh.protocol import advice
from ossh.units import format_duration, format_size

CLOCK_SECONDS = 5.0  # a difference that a service's clock of whole seconds can show
CLOCK_LIMIT_SECONDS = 900.0  # beyond, OSS refuses signatures
CERTIFICATE_DAYS = 14.0  # certificates are renewed earlier than that
LITTLE_SPACE = 1024 * MIB
LITTLE_TO_MEASURE = 256 * 1024  # bytes; below, a speed is of requests, not of a line


class Verdict(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of what `doctor` found."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""


def ok(name: str, found: str) -> Check:
    """Return a check that found nothing to mend."""
    return Check(name, Verdict.OK, found)


def skipped(name: str, why: str) -> Check:
    """Return a check that makes no sense now."""
    return Check(name, Verdict.SKIPPED, why)


def problem(name: str, why: Failure) -> Check:
    """Return a check that met a failure."""
    mark = f" (request {why.request_id})" if why.request_id else ""
    text = f"{_in_our_style(why.message)}{mark}"
    return Check(name, Verdict.PROBLEM, text, advice(why.cause, why.code))


def _in_our_style(message: str) -> str:
    """Return a sentence of libcurl's in lower case, unless it begins with a proper name."""
    is_word = message[1:2].islower()
    return message[:1].lower() + message[1:] if is_word else message


def certificate(issuer: str, expires: datetime | None, now: datetime) -> Check:
    """Judge a trusted certificate by the days it is still good for."""
    if expires is None:
        return ok("tls", f"trusted, issued by {issuer or 'somebody unnamed'}")
    days = (expires - now).total_seconds() / 86_400
    found = f"trusted, issued by {issuer}, good for {days:.0f} more days"
    if days < CERTIFICATE_DAYS:
        remedy = "whoever runs the endpoint must renew its certificate; or check this clock"
        return Check("tls", Verdict.WARNING, found, remedy)
    return ok("tls", found)


def no_tls(*, is_local: bool) -> Check:
    """Judge an endpoint without TLS."""
    if is_local:
        return ok("tls", "none, and none is needed on this machine")
    found = "none: whoever is on the way can read and alter what is sent"
    return Check("tls", Verdict.WARNING, found, "use an endpoint that begins with https://")


def untrusted(why: Failure, issuer: str) -> Check:
    """Judge a certificate that is not trusted, or no TLS where it should be."""
    by = f"; its certificate is issued by {issuer}" if issuer else ""
    return Check("tls", Verdict.PROBLEM, _in_our_style(why.message) + by, advice(Cause.TLS))


def clock(offset_seconds: float) -> Check:
    """Judge by how much the service's clock is ahead of this computer's."""
    off = abs(offset_seconds)
    if off <= CLOCK_SECONDS:
        return ok("clock", "agrees with the service's to within a few seconds")
    direction = "behind" if offset_seconds > 0 else "ahead"
    found = f"this computer's clock is {format_duration(off)} {direction}"
    is_far = off > CLOCK_LIMIT_SECONDS
    return Check(
        "clock",
        Verdict.PROBLEM if is_far else Verdict.WARNING,
        found + ("; OSS would refuse its signatures, ossh corrects them" if is_far else ""),
        "set this computer's clock",
    )


def internal(*, is_internal: bool, is_reached: bool, answers: bool) -> Check:
    """Judge which kind of endpoint is better here.

    Args:
        is_internal: Whether the present one is of the inner network.
        is_reached: Whether the present one answers.
        answers: Whether the inner one does.
    """
    name = "internal or public"
    if is_internal and is_reached:
        return ok(name, "the internal endpoint is used: fast, and its traffic is not billed")
    if is_internal:
        found = "the internal endpoint answers only inside its region"
        return Check(name, Verdict.PROBLEM, found, "connect without --internal")
    if answers:
        found = "the internal endpoint answers here, but the public one is used, which is billed"
        return Check(name, Verdict.WARNING, found, "connect --internal")
    if is_reached:
        return ok(name, "the public endpoint is right: the internal one does not answer here")
    return skipped(name, "neither of them answers")


def speed(name: str, received: int, seconds: float, once: float = 0.0) -> Check:
    """Tell a speed.

    Args:
        name: Of the check.
        received: Bytes.
        seconds: In which they came.
        once: Bytes per second of one connection, to compare with; 0 for none.
    """
    if received < LITTLE_TO_MEASURE or seconds <= 0:
        return skipped(name, f"only {format_size(received)} here to measure with")
    rate = received / seconds
    times = f", {rate / once:.1f} times one" if once else ""
    return ok(name, f"{format_size(rate)}/s{times} ({format_size(received)} read)")


def space(free: int, needed: int, where: str) -> Check:
    """Judge the free space at the target.

    Args:
        free: Bytes.
        needed: Bytes that the open job lacks; 0 when nobody knows.
        where: The target, for people.
    """
    found = f"{format_size(free)} free at {where}"
    if needed > free:
        found += f", the open job needs {format_size(needed)}"
        return Check("space", Verdict.PROBLEM, found, "free some space, or get --to another disk")
    if free < LITTLE_SPACE:
        return Check("space", Verdict.WARNING, found, "free some space before a large download")
    return ok("space", found)


def unwritable(where: str) -> Check:
    """Return the check of a target that nobody can write to."""
    remedy = "choose another folder (lcd DIR, get --to DIR), or mend its permissions"
    return Check("space", Verdict.PROBLEM, f"{where} cannot be written", remedy)


def descriptors(allowed: int, wished: int) -> Check:
    """Judge how many connections this process may have open."""
    found = f"enough for {allowed:,} connections at once"
    if allowed < wished:
        return Check("open files", Verdict.WARNING, found, "allow more open files: ulimit -n 4096")
    return ok("open files", found)
