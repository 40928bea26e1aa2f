"""Checks everything a download needs, from the credentials to the disk, and judges it.

```
credentials ─▶ endpoint ─▶ tls ─▶ clock ─▶ list ─▶ get ─▶ internal ─▶ speed      space, open files
```
The probes are here, what they mean is in `verdicts`. Each step works with what earlier steps
found, and says why if that is not enough. Findings never contain a secret.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ossh import protocol
from ossh.errors import OsshError, StoreError, UsageError
from ossh.language import N_, Words
from ossh.model import Cause, Failure, ObjectInfo, Source, Status, TransferSettings
from ossh.network import Http
from ossh.network.http import Timeouts, origin_of
from ossh.network.reachability import reach, untrusted_issuer
from ossh.printable import printable
from ossh.session.browsing.place import Place
from ossh.session.connecting import sample_reads
from ossh.session.connecting.connection import Connection
from ossh.session.diagnosis import verdicts
from ossh.session.diagnosis.verdicts import DoctorCheck, ok, problem, refused, skipped, warning
from ossh.session.jobs.job_facts import reader_of
from ossh.session.session import Session
from ossh.store.endpoint_kinds import EndpointKind, endpoint_for, kind_of
from ossh.store.endpoints import region_of, split_endpoint
from ossh.store.interruptible import interruptible
from ossh.store.listing import Lister, PageQuery
from ossh.store.signer import Signer, base_url
from ossh.transfer.machine import affordable, free_space, nearest_folder

PATIENCE = Timeouts(connect=5.0, stall=10.0)  # whoever runs doctor is waiting for the answer
INNER_PATIENCE = Timeouts(connect=2.0)  # an inner network is near, or not there
_NO_BUCKET = Words("no bucket is chosen: 'doctor oss://BUCKET/' looks into one")


def examine(session: Session, place: Place) -> Iterator[DoctorCheck]:
    """Yield what each check finds, one after the other, as soon as it is known.

    The place need not exist. Without a bucket, nothing is listed or read.
    """
    doctor = _Doctor(session, place)
    for step in (
        doctor.credentials,
        doctor.endpoint,
        doctor.clock,
        doctor.listing,
        doctor.getting,
        doctor.inner_network,
        doctor.speed,
        doctor.machine,
    ):
        yield from interruptible(step)


class _Doctor:
    """What is known so far; each step returns its checks and adds to that."""

    def __init__(self, session: Session, place: Place) -> None:
        self._session = session
        self._place = place
        self._http = Http(PATIENCE, session.defaults.route(session.environ))
        self._connection: Connection | None = None
        self._source: Source | None = None
        self._is_reached = False
        self._lister: Lister | None = None
        self._objects: tuple[ObjectInfo, ...] = ()  # that may be read, as far as is known
        self._obstacle = ""  # why no object can be read

    def credentials(self) -> list[DoctorCheck]:
        """Find whose requests are signed."""
        name = N_("credentials")
        try:
            self._connection = self._session.connection
        except OsshError as error:
            return [refused(name, error)]
        credentials = self._connection.credentials()
        found = Words(
            "{who} from {source}: {kind}",
            who=credentials.masked_id or Words("nobody"),
            source=credentials.source,
            kind=credentials.kind,
        )
        return [ok(name, found)]

    def endpoint(self) -> list[DoctorCheck]:
        """Connect to the endpoint."""
        name = N_("endpoint")
        try:
            self._source = self._expected_source()
        except OsshError as error:
            self._obstacle = Words("the endpoint is not known")
            return [refused(name, error), skipped("tls", self._obstacle)]
        address = split_endpoint(self._source.endpoint)
        host = address.host
        origin = origin_of(base_url(self._source))
        is_secure = origin.startswith("https:")
        found = reach(self._http, origin)
        if isinstance(found, Failure) and found.cause is Cause.TLS and is_secure:
            self._obstacle = Words("there is no trusted connection")
            issuer = untrusted_issuer(self._http, origin)
            return [ok(name, Words("{host} answers", host=host)), verdicts.untrusted(found, issuer)]
        if isinstance(found, Failure):
            self._obstacle = Words("the endpoint cannot be reached")
            return [problem(name, found), skipped("tls", self._obstacle)]
        self._is_reached = True
        times = {"name": _ms(found.lookup_seconds), "connection": _ms(found.connect_seconds)}
        answers = Words(
            "{host} answers at {address} (DNS {name}, connection {connection})",
            host=host,
            address=found.address,
            **times,
        )
        if found.by_proxy:
            answers = Words(
                "{host} answers through a proxy (DNS {name}, connection {connection})",
                host=host,
                **times,
            )
        reached = ok(name, answers)
        if is_secure:
            return [reached, verdicts.certificate(found.issuer, found.expires, datetime.now(UTC))]
        return [reached, verdicts.no_tls(is_local=address.is_loopback)]

    def _expected_source(self) -> Source:
        """Return where requests go; without credentials, where they would go."""
        connection = self._connection
        if connection is None:
            options = replace(self._session.defaults, anonymous=True, profile="")
            connection = Connection(options, environ=self._session.environ, home=self._session.home)
        return connection.source(self._place)

    def clock(self) -> list[DoctorCheck]:
        """Compare this computer's clock with the service's."""
        if self._source is None or not self._is_reached:
            return [skipped("clock", self._obstacle)]
        before = time.time()
        answer = self._http.request(f"{origin_of(base_url(self._source))}/", ())
        if isinstance(answer, Failure):
            return [problem("clock", answer)]
        served = protocol.server_time(answer.headers, answer.body)
        if served is None:
            return [skipped("clock", Words("the response has no date"))]
        return [verdicts.clock(served - (before + time.time()) / 2)]

    def listing(self) -> list[DoctorCheck]:
        """Ask for a page of the current prefix."""
        name = N_("list")
        if self._connection is None:
            self._obstacle = self._obstacle or Words("there are no credentials")
        elif self._is_reached and not self._place.bucket:
            return [self._key(self._connection)]
        if self._obstacle or self._source is None or self._connection is None:
            return [skipped(name, self._obstacle)]
        try:
            signer = Signer(self._source, self._connection.credentials())
        except OsshError as error:
            self._obstacle = Words("the bucket cannot be listed")
            return [refused(name, error)]
        self._lister = Lister(lambda: signer, self._http)
        page = self._lister.page(PageQuery(self._place.prefix))
        if isinstance(page, Failure):
            self._obstacle = Words("the bucket cannot be listed")
            return [problem(name, page)]
        thawed = tuple(one for one in page.objects if not one.is_frozen)
        self._objects = thawed or page.objects
        if not page.objects:
            self._obstacle = Words("there is nothing below {place}", place=self._place.shown)
            return [ok(name, Words("allowed; {remark}", remark=self._obstacle))]
        return [ok(name, Words("allowed in {place}", place=self._place.shown))]

    def _key(self, connection: Connection) -> DoctorCheck:
        """Find out whether the key is accepted, where there is no bucket to ask for anything.

        A user who may not list the buckets is recognized too.
        """
        name, self._obstacle = N_("list"), _NO_BUCKET
        accepted = Words("the key is accepted; {remark}", remark=_NO_BUCKET)
        try:
            connection.buckets(fresh=True)
        except UsageError:  # by an anonymous user, or through a bucket's own domain
            return skipped(name, Words("the key is not checked; {remark}", remark=_NO_BUCKET))
        except StoreError as error:
            if error.cause != Cause.DENIED:
                return refused(name, error)
            accepted = Words(
                "the key is accepted, but may not list the buckets; {remark}", remark=_NO_BUCKET
            )
        return ok(name, accepted)

    def getting(self) -> list[DoctorCheck]:
        """Read a byte of the first object that can be read."""
        name = N_("get")
        if not self._objects or self._lister is None:
            return [skipped(name, self._obstacle)]
        first = self._objects[0]
        answer = sample_reads.read_range(self._lister, first, 0, 1)
        if not isinstance(answer, Failure):
            return [ok(name, Words("allowed, tested with '{key}'", key=printable(first.key)))]
        self._objects, self._obstacle = (), Words("the first object cannot be read")
        if answer.cause is Cause.ARCHIVED:
            found = Words(
                "'{key}' is archived, so reading cannot be tested", key=printable(first.key)
            )
            return [warning(name, found, Words("cd to a prefix with other objects"))]
        return [problem(name, answer)]

    def inner_network(self) -> list[DoctorCheck]:
        """Find out whether the internal endpoint answers here."""
        name = N_("internal or public")
        if self._source is None:
            return [skipped(name, self._obstacle)]
        kind = kind_of(self._source.endpoint)
        region = self._source.region or region_of(self._source.endpoint)
        if kind is None or not region:
            return [skipped(name, Words("not the endpoint of an Alibaba Cloud region"))]
        is_internal = kind is EndpointKind.INTERNAL
        answers = here = self._is_reached
        if not is_internal:
            inner = endpoint_for(region, EndpointKind.INTERNAL)
            found = reach(Http(INNER_PATIENCE, self._http.route), inner)
            answers = not isinstance(found, Failure)
        return [verdicts.internal(is_internal=is_internal, is_reached=here, answers=answers)]

    def speed(self) -> list[DoctorCheck]:
        """Read a little over one connection, then over many."""
        names = (N_("one connection"), N_("many connections"))
        if not self._objects or self._lister is None:
            return [skipped(name, self._obstacle) for name in names]
        measure = partial(sample_reads.measure, self._lister, self._objects)
        one = measure(sample_reads.ONE_BYTES, 1)
        many = measure(sample_reads.MANY_BYTES, sample_reads.MANY)
        return [
            problem(name, found) if isinstance(found, Failure) else verdicts.speed(name, *found)
            for name, found in zip(names, (one, many), strict=True)
        ]

    def machine(self) -> list[DoctorCheck]:
        """Look at the disk and at what this process may open."""
        self._http.close()
        job = self._session.job
        directory = job.directory if job is not None else Path.cwd()
        where, needed = printable(str(directory)), TransferSettings().connections
        if not os.access(nearest_folder(directory), os.W_OK):
            space = verdicts.unwritable(where)
        else:
            space = verdicts.space(free_space(directory), self._pending_size(), where)
        return [space, verdicts.descriptors(affordable(needed), needed)]

    def _pending_size(self) -> int:
        """Return the bytes that the open job still lacks, 0 when there is none."""
        if self._session.job is not None:
            with suppress(OsshError):
                return reader_of(self._session.job).counts().size[Status.PENDING]
        return 0


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
