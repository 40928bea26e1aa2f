"""The state of one user at a prompt: connection, place, filters, open job and runs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ossh.catalog.catalog import Catalog
from ossh.errors import OsshError, UsageError
from ossh.job import Job, all_jobs, meant
from ossh.language import _
from ossh.model import Source
from ossh.paths import real
from ossh.printable import as_word, printable
from ossh.selection import Matcher, Selection
from ossh.session.background_runs import BackgroundRuns
from ossh.session.browsing.name_lookup import NameLookup
from ossh.session.browsing.place import SCHEME, Place, check_globs, no_bucket, resolve
from ossh.session.connecting.connection import Connection
from ossh.session.connecting.connection_options import Options
from ossh.session.trust.trusted_jobs import TrustedJobs
from ossh.store.credentials import Credentials, Provider
from ossh.units import format_moment

if TYPE_CHECKING:  # brings libcurl and SQLite
    from ossh.transfer.run import Run


class Session:
    """Where a user stands, and what all commands share.

    Whatever makes a connection raises a `UsageError` or `StoreError`, as for `Connection`.
    """

    def __init__(  # noqa: PLR0913 - all that a session is told
        self,
        *,
        environ: Mapping[str, str],
        home: Path,  # where configuration files of other tools are
        jobs_directory: Path | None,  # of new jobs, absolute; None: the user's own
        own_jobs: Callable[[], Path | None] = lambda: None,  # finds the user's own, if there is one
        options: Options | None = None,  # how to connect when nothing else is said
        trusted_jobs: TrustedJobs | None = None,  # None: remembered as long as the session
    ) -> None:
        self.environ = environ
        self.home = home
        self._jobs_directory = jobs_directory
        self._find_own_jobs = own_jobs
        self.trusted_jobs = trusted_jobs or TrustedJobs()
        self.defaults = options or Options()
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)  # aware
        # Whoever shows the session to a person replaces these two.
        self.notify: Callable[[str], None] = lambda _line: None
        self.confirm: Callable[[str], bool] = lambda _question: False
        self.place = Place()
        self.previous = Place()
        self._previous_connection: Connection | None = None  # there; None: as it is now
        self.run: Run | None = None  # the last one in the foreground
        self.new_job_file: Path | None = None  # the job file that the last run brought
        self.runs = BackgroundRuns(self.job_path)  # in the background
        self.on_done = ""  # the command that is run when a job is done, unless another is named
        self._named_endpoints: set[str] = set()  # that the user connected to
        self.existing_connection: Connection | None = None  # None: nobody has connected
        self._provisional: Connection | None = None
        self._selection = Selection()
        self._job: Job | None = None

    # The connection

    @property
    def connection(self) -> Connection:
        """Return the connection, made with the options of the command line if there is none."""
        return self.existing_connection or self.connect()

    def connect(
        self,
        options: Options | None = None,
        *,
        ask: Callable[[], Credentials] | None = None,
        provider: Provider | None = None,
    ) -> Connection:
        """Connect again; what the options leave open is as on the command line.

        Proxy and certificates stay as they are until others are given.

        Raises:
            UsageError, StoreError: As for `Connection`, or the endpoint or region given cannot
                be one; the previous connection stays.
        """
        connection = self._connect(
            (options or Options()).with_defaults(self.defaults), ask, provider
        )
        connection.check()
        self.existing_connection, used = connection, connection.options
        self._previous_connection = None
        self._named_endpoints.add(used.endpoint)
        # They belong to this machine, so they apply to the next connection too.
        self.defaults = replace(self.defaults, proxy=used.proxy, ca_bundle=used.ca_bundle)
        return connection

    def connection_to(
        self, source: Source, *, ask: Callable[[], Credentials] | None = None
    ) -> Connection:
        """Return a connection to where a job fetches from; the session's own stays.

        What the command line says of the connection goes before what the job says. Credentials
        stay as they are unless the job names others.
        """
        options = self.defaults.with_defaults(Options.of(source))
        return self._connect(options, ask, self._provider_for(options))

    def _provider_for(self, options: Options) -> Provider | None:
        """Return the current credentials if they serve these options too."""
        current = self.existing_connection
        if current is None or current.options.anonymous != options.anonymous:
            return None
        is_same_profile = options.profile in {"", current.options.profile}
        is_same_role = options.ecs_role in {"", current.options.ecs_role}
        return current.provider if is_same_profile and is_same_role else None

    def _connect(
        self,
        options: Options,
        ask: Callable[[], Credentials] | None = None,
        provider: Provider | None = None,
    ) -> Connection:
        return Connection(
            options,
            environ=self.environ,
            home=self.home,
            ask=ask,
            provider=provider,
            notify=lambda line: self.notify(line),  # noqa: PLW0108 - it may have been replaced
        )

    def provisional_connection(self) -> Connection:
        """Return a connection for threads that need one before anybody has connected.

        It is made as `connection` would be, and kept for the next time; it never becomes the
        session's, so a late answer changes nothing.
        """
        found = self._provisional
        if found is None or found.options != self.defaults:
            found = self._provisional = self._connect(self.defaults)
        return found

    @property
    def is_insecure(self) -> bool:
        """Return whether any certificate of the service is accepted."""
        return self.existing_connection is not None and self.existing_connection.options.insecure

    @property
    def named_endpoints(self) -> frozenset[str]:
        """Return the endpoints that the user named: at the prompt, in options and environment."""
        return frozenset(
            {self.defaults.endpoint, self.environ.get("OSS_ENDPOINT", ""), *self._named_endpoints}
        )

    def catalog(self, place: Place | None = None) -> Catalog:
        """Return the catalog of a place's bucket, by default the current one."""
        return self.connection.catalog(self.place if place is None else place)

    # The place and its filters

    @property
    def names(self) -> NameLookup:
        return NameLookup(self.place, self.catalog, self.matcher)

    def blocks(
        self,
        place: Place,
        version_id: str = "",
        *,
        step: int = 0,  # bytes to ask for at first; 0 if that does not matter
        on_size: Callable[[int], None] = lambda _size: None,  # takes the object's size
    ) -> Iterator[bytes]:
        """Yield the bytes of an object, of a version of it, or of a member of an archive.

        Raises:
            UsageError: It is not there.
            StoreError: It cannot be read.
        """
        with self.names.explaining_missing(place):
            if (archive := self.connection.archive(place)) is not None:
                on_size(archive.info_of(place.prefix).size)
                yield from archive.blocks(place.prefix)
                return
            yield from self.connection.reader(place).blocks(
                place.prefix, step=step, version_id=version_id, on_size=on_size
            )

    def enter(self, text: str) -> Place:
        """Go to a prefix or bucket that exists, and return it; `-` is the place before.

        Raises:
            UsageError: Nothing is there.
            StoreError: The bucket cannot be asked.
        """
        if text == "-":
            return self.go_to(self.previous, self._previous_connection)
        if not text.startswith(SCHEME) and self.place.is_in(place := resolve(self.place, text)):
            return self.go_to(place)  # nothing need be asked: it holds what is here
        return self.go_to(self.names.existing_place(text))

    def enter_past(self, moment: datetime | timedelta | None, text: str = "") -> Place:
        """Go to a place, by default here, as it was at a moment; None: as it is now.

        A relative moment counts from now. To see what is here as it is now, nothing is asked.

        Raises:
            UsageError: There is no bucket, or nothing was there.
            StoreError: The bucket keeps no versions, or cannot be asked.
        """
        if isinstance(moment, timedelta):
            moment = self.now() - moment
        at = self.previous if text == "-" else resolve(self.place, text)
        if not at.bucket:
            raise no_bucket()
        at = replace(at, as_of=moment and moment.astimezone(UTC).replace(microsecond=0))
        if not text and moment is None:
            return self.go_to(at)
        if at.as_of is not None and self.catalog(at).first(at.prefix) is None and at.prefix:
            text = _("there was nothing at {place} at {moment}")
            raise UsageError(
                text.format(place=at.shown, moment=format_moment(at.as_of)),
                hint=_("'/' is the whole bucket: cd --as-of WHEN /"),
            )
        is_here = text not in {"", "-"} and at.bucket == self.place.bucket
        here, name = (replace(self.place, as_of=at.as_of), text) if is_here else (at, at.address)
        return self.go_to(NameLookup(here, self.catalog, self.matcher).existing_place(name))

    def go_to(self, place: Place, connection: Connection | None = None) -> Place:
        """Go to a place without asking whether anything is there, and return it.

        It is reached by another connection, if one is given.
        """
        before = self.existing_connection
        self.existing_connection = connection or before
        if place != self.place:
            self.previous, self._previous_connection = self.place, before
            self.place = place
            self.job = None  # what the open job says is no longer what the prompt says
        return place

    @property
    def selection(self) -> Selection:
        return self._selection

    @selection.setter
    def selection(self, selection: Selection) -> None:
        if selection != self._selection:
            self._selection = selection
            self.job = None

    def matcher(self, at: Place, also: Selection | None = None) -> Matcher:
        """Return the test of what is at a place, by the filters that are on, and by others.

        Globs of the filters that are on are relative to where the user stands, if anywhere; those
        of the others to that place.

        Raises:
            UsageError: There are such globs, and the place is not below where the user stands.
        """
        here = self.place if self.place.bucket else at
        if not at.folder.startswith(here.folder):
            check_globs(here, at, self.selection)
        now = self.now()
        is_let_through = self.selection.matcher(here.prefix, now)
        if not also:
            return is_let_through
        is_wanted = also.matcher(at.prefix, now)
        return lambda info: is_let_through(info) and is_wanted(info)

    # Jobs

    @property
    def job(self) -> Job | None:
        """Return the open job, if any; a job of one object may have been removed when it ended."""
        if self._job is not None and self._job.once and not self._job.path.exists():
            self._job = None
        return self._job

    @job.setter
    def job(self, job: Job | None) -> None:
        self._job = job

    @cached_property
    def own_jobs(self) -> Path | None:
        """Return the user's own folder of jobs, if jobs are looked for there."""
        return self._find_own_jobs()

    @property
    def jobs_directory(self) -> Path:
        """Return the folder of new jobs."""
        return self._jobs_directory or self.own_jobs or Path("jobs").absolute()

    @jobs_directory.setter
    def jobs_directory(self, folder: Path) -> None:
        self._jobs_directory = folder

    @property
    def job_folders(self) -> tuple[Path, ...]:
        """Return where jobs are looked for: the folder of new ones, then the user's own."""
        first, own = self.jobs_directory, self.own_jobs
        return (first,) if own is None or real(own) == real(first) else (first, own)

    def job_files(self) -> tuple[Path, ...]:
        """Return all job files, those of each folder sorted."""
        return all_jobs(self.job_folders)

    def job_path(self, name: str) -> Path:
        """Return the job file that a name or a path means; a UsageError for none or several."""
        return meant(name, self.job_folders)

    def job_word(self, path: Path) -> str:
        """Return what to type for a job: its name, or its file where that means another or none."""
        found = None
        with suppress(OsshError):  # no job has that name, several have it, or nobody can look
            found = self.job_path(path.stem)
        return as_word(printable(path.stem if found == path else str(path)))

    def start(self, run: "Run") -> "Run":
        """Start a run in the foreground, and return it."""
        self.run = run
        run.start()
        return run
