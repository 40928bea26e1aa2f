"""The state of one user: connection, place, selection, open job and last run."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ossh import job as job_files
from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import _
from ossh.model import Cause, Route, Source
from ossh.paths import printable
from ossh.selection import Selection
from ossh.session import saved
from ossh.session.cluster import cluster
from ossh.session.connection import Connection, Options
from ossh.session.place import SCHEME, Place, parse_address, resolve
from ossh.session.runs import PARK_SECONDS, Background, Runs
from ossh.session.trusted import Trusted
from ossh.session.unusual import Surroundings, unusual
from ossh.session.wanted import job_for
from ossh.session.wish import Wish
from ossh.store.credentials import Credentials, Provider

if TYPE_CHECKING:
    from ossh.catalog import Catalog
    from ossh.transfer.preflight import Changes, Preflight
    from ossh.transfer.run import Run


class Session:
    """Where a user stands.

    Args:
        environ: Environment variables.
        home: The user's home directory, where configuration files of other tools are.
        jobs_directory: Where job files are kept; absolute.
        options: How to connect when nothing else is said.
        now: Returns the current time, aware.
        trusted: Remembers jobs that somebody vouched for; by default as long as the session.
    """

    def __init__(  # noqa: PLR0913 - all that a session is given, by name
        self,
        *,
        environ: Mapping[str, str],
        home: Path,
        jobs_directory: Path,
        options: Options | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        trusted: Trusted | None = None,
    ) -> None:
        self.environ = environ
        self.home = home
        self.jobs_directory = jobs_directory
        self.now = now
        self.place = Place()
        self.previous = Place()
        self._job: Job | None = None
        self.run: Run | None = None  # the last one in the foreground
        self.runs = Runs()
        self.tell: Callable[[str], None] = lambda _line: None  # a line that a person should see
        self.agrees: Callable[[str], bool] = lambda _question: False  # a person, where there is one
        self.trusted = trusted or Trusted()
        self._named: set[str] = set()  # endpoints that the user named to connect to
        self._new_job: Path | None = None  # the job file that the last run brought
        self.defaults = options or Options()
        self._connection: Connection | None = None
        self._aside: Connection | None = None  # of those who look before anybody has connected
        self._selection = Selection()

    # The connection

    @property
    def is_insecure(self) -> bool:
        """Tell whether any certificate of the service is believed."""
        return self.held is not None and self.held.options.insecure

    def _tell_now(self, line: str) -> None:
        self.tell(line)  # read now: it may have been replaced

    @property
    def route(self) -> Route:
        """Return by which way requests travel, even before anybody has connected."""
        return self.defaults.route(self.environ)

    @property
    def connection(self) -> Connection:
        """Return the connection, made with the options of the command line if there is none.

        Raises:
            UsageError, StoreError: As for `Connection`.
        """
        return self._connection or self.connect()

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
        connection = self._connect((options or Options()).over(self.defaults), ask, provider)
        connection.check()
        self._connection, said = connection, connection.options
        self._named.add(said.endpoint)
        # They belong to this machine, so they apply to the next connection too.
        self.defaults = replace(self.defaults, proxy=said.proxy, ca_bundle=said.ca_bundle)
        return connection

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
            tell=self._tell_now,
        )

    @property
    def held(self) -> Connection | None:
        """Return the connection; None before anybody has connected."""
        return self._connection

    def aside(self) -> Connection:
        """Return a connection for threads that need one before anybody has connected.

        It is made as `connection` would be, and kept for the next look; it never becomes the
        session's, so a late answer changes nothing.

        Raises:
            UsageError, StoreError: As for `Connection`.
        """
        aside = self._aside
        if aside is None or aside.options != self.defaults:
            aside = self._aside = self._connect(self.defaults)
        return aside

    def source(self, place: Place | None = None) -> Source:
        """Return where the objects of a place come from, by default the current one."""
        return self.connection.source(self.place if place is None else place)

    def catalog(self, place: Place | None = None) -> "Catalog":
        """Return the catalog of a place's bucket, by default the current one."""
        return self.connection.catalog(self.place if place is None else place)

    # The place

    def enter(self, text: str) -> Place:
        """Go to a prefix or bucket that exists, and return it.

        Raises:
            UsageError: Nothing is there.
            StoreError: The bucket cannot be asked.
        """
        place = self.previous if text == "-" else resolve(self.place, text)
        if place.bucket and text != "-":
            place = self._existing(place, is_literal=text.startswith(SCHEME))
        return self._stand_at(place)

    def stand(self, address: str) -> Place:
        """Go to an address without asking whether anything is there, and return it.

        Raises:
            UsageError: It is not an address.
        """
        return self._stand_at(parse_address(address))

    def _existing(self, place: Place, *, is_literal: bool) -> Place:
        """Return the place with its prefix as it is in the bucket: `logs` may mean `logs/`.

        A prefix that ends within a name is gone to only by its address, as it may be a slip.
        """
        catalog = self.catalog(place)
        found = catalog.find(place.prefix)
        folder = f"{place.prefix}/"
        if found.is_key and catalog.first(folder) is not None:
            return replace(place, prefix=folder)
        name = printable(place.prefix)
        if found.is_key:
            raise UsageError(
                _("'{name}' is an object, not a prefix").format(name=name),
                hint=_("'get' downloads it"),
            )
        is_folder = found.name.endswith("/") or not found.name
        if not is_folder and not is_literal:
            raise UsageError(
                _("there is no prefix '{name}/'").format(name=name),
                hint=_("for all keys that start with it: cd {shown}").format(shown=place.shown),
            )
        return replace(place, prefix=found.name)

    def _stand_at(self, place: Place) -> Place:
        if place != self.place:
            self.previous, self.place = self.place, place
            self.job = None  # what the open job says is no longer what the prompt says
        return place

    @property
    def selection(self) -> Selection:
        """Return the filters that are on."""
        return self._selection

    @selection.setter
    def selection(self, selection: Selection) -> None:
        if selection != self._selection:
            self._selection = selection
            self.job = None

    # Jobs

    @property
    def job(self) -> Job | None:
        """Return the open job, None when there is none: one of one object goes by itself."""
        if self._job is not None and self._job.once and not self._job.path.exists():
            self._job = None
        return self._job

    @job.setter
    def job(self, job: Job | None) -> None:
        self._job = job

    def job_files(self) -> tuple[Path, ...]:
        """Return the job files of the jobs folder, sorted; none when there is no folder."""
        return tuple(job_files.list_jobs(self.jobs_directory))

    def open(self, name: str, *, ask: Callable[[], Credentials] | None = None) -> Job:
        """Open a job by its name or path: connection, place and filters become the job's.

        What the command line says of the connection goes before what the job says. Credentials
        stay as they are unless the job names others.

        Raises:
            JobFileError: It cannot be used.
            UsageError: There is no such job, or nobody vouches for what is unusual about it.
        """
        job = job_files.load(self.job_path(name))
        options = self.defaults.over(Options.of(job.source))
        connection = self._connect(options, ask, self._provider_for(options))
        place = Place(job.source.bucket, job.source.prefix)
        self._check_trust(job, connection.source(place), connection)
        self._connection = connection
        self._stand_at(replace(place, prefix=place.folder) if job.is_key else place)
        self._selection = saved.selection(job)
        self.job = replace(job, source=self.source(place))
        return self.job

    def _check_trust(self, job: Job, source: Source, connection: Connection) -> None:
        """Let somebody vouch, once, for what is unusual about a job as its file has it.

        Raises:
            UsageError: Nobody does.
        """
        variable = self.environ.get("OSS_ENDPOINT", "")
        named = frozenset({self.defaults.endpoint, variable, *self._named})
        around = Surroundings(Path.cwd(), self.home, connection.credentials(), named)
        self.trusted.check(job, tuple(unusual(job, source, around)))

    def _save(self, job: Job) -> None:
        """Write the file of a job that was made here, which is trusted as it is."""
        job_files.save(job)
        self.trusted.remember(job)

    def _provider_for(self, options: Options) -> Provider | None:
        """Return the current credentials if they serve these options too."""
        held = self._connection
        if held is None or held.options.anonymous != options.anonymous:
            return None
        serves = options.profile in {"", held.options.profile}
        return held.provider if serves and options.ecs_role in {"", held.options.ecs_role} else None

    def job_path(self, name: str) -> Path:
        """Return the path of a job file named by its name or its path.

        Raises:
            UsageError: There is no such file.
        """
        path = Path(name)
        if path.suffix != ".toml":
            path = self.jobs_directory / f"{name}.toml"
        if not path.exists():
            raise UsageError(
                _("there is no job '{name}'").format(name=name), hint=_("'jobs' lists them")
            )
        return path.absolute()

    def job_for(self, wish: Wish, *, lists: Path | None = None) -> Job:
        """Return the job that does what was asked for; see `ossh.session.wanted`."""
        return job_for(self, wish, lists=lists)

    def same_target(self, job: Job) -> tuple[str, ...]:
        """Return the saved jobs that fill a new job's folder, unless that is the current one."""
        if job.path.exists() or job.directory == Path.cwd():
            return ()
        return saved.with_target(job, self.job_files())

    def save(self, wish: Wish) -> Job:
        """Save what was asked for as a job and open it, without running it.

        Raises:
            UsageError, StoreError: As for `job_for`.
            LocalError: The job file cannot be written.
        """
        self.job = self.job_for(wish)
        if not self.job.path.exists():
            self._save(self.job)
        return self.job

    def start(  # noqa: PLR0913 - what a run is made of
        self,
        job: Job,
        *,
        only: frozenset[Cause] | None = None,
        sheet: "Preflight | None" = None,
        changes: "Changes | None" = None,
        dask: str = "",
        wait_restore: bool = False,
    ) -> "Run":
        """Save a job if it is new, open it, and start a run of it.

        Args:
            job: From `job_for` or `open`.
            only: Causes of failures that are tried again however unlikely they are to end;
                None leaves those alone that will not end by themselves.
            sheet: Filled in while the run plans, and planning is then all it does.
            changes: Filled in as the bucket is listed again; only together with `sheet`.
            dask: The scheduler whose workers fetch; "" for this machine.
            wait_restore: Whether it continues until what is being restored has thawed and is here.

        Raises:
            UsageError: The job runs in the background, or Dask is not installed.
            LocalError: The job file cannot be written.
        """
        if self.run is not None and self.run.is_alive():
            self.run.join(PARK_SECONDS)  # left by a second Ctrl-C, and about to end
        self.run = self._new_run(job, only, sheet, changes, dask, wait_restore=wait_restore)
        self.run.start()
        return self.run

    def start_in_background(
        self,
        job: Job,
        *,
        only: frozenset[Cause] | None = None,
        dask: str = "",
        wait_restore: bool = False,
    ) -> Background:
        """Start a run as `start` does, or queue it when others run in the background.

        Raises:
            UsageError, LocalError: As for `start`.
        """
        return self.runs.add(self._new_run(job, only, dask=dask, wait_restore=wait_restore))

    def _new_run(  # noqa: PLR0913 - as above
        self,
        job: Job,
        only: frozenset[Cause] | None,
        sheet: "Preflight | None" = None,
        changes: "Changes | None" = None,
        dask: str = "",
        *,
        wait_restore: bool = False,
    ) -> "Run":
        from ossh.session.removal import discard  # noqa: PLC0415 - it needs a session itself
        from ossh.transfer.answers import PERMANENT  # noqa: PLC0415 - brings libcurl and SQLite
        from ossh.transfer.lanes import Lanes  # noqa: PLC0415 - as above
        from ossh.transfer.thawing import Polls  # noqa: PLC0415 - as above

        self.runs.refuse_if_alive(job)
        fetching = cluster(dask) if dask else partial(Lanes, shared=self.runs.shared)
        job = self._settled(job)
        self._new_job = None
        if not job.path.exists():
            self._save(job)
            self._new_job = None if job.manifest_path.exists() else job.path
        if sheet is not None:
            sheet.looks_around &= job.directory != Path.cwd() and not job.selection.shard
        keep = PERMANENT if only is None else frozenset(Cause) - only
        written = job_files.load(job.path)  # it may have been edited since it was read
        self._check_trust(written, job.source, self.connection)
        self.job = job = saved.reached_as(job, written)
        ways: dict[str, Any] = {"fetching": fetching, "polls": Polls() if wait_restore else None}
        if job.once:
            ways["when_done"] = partial(discard, job)
        run = self._run_of(job, keep=keep, preflight=sheet, changes=changes, **ways)
        run.controls = self.runs.controls(job.transfer)
        return run

    def _settled(self, job: Job) -> Job:
        """Return a job that is about to run, its source as the service says that it is."""
        place = Place(job.source.bucket, job.source.prefix)
        return replace(job, source=self.source(place)) if self.connection.settle(place) else job

    def _run_of(self, job: Job, **options: Any) -> "Run":  # noqa: ANN401 - those of a run
        from ossh.transfer.run import Run  # noqa: PLC0415 - brings libcurl and SQLite

        return Run(job, self.connection.provider, http=self.connection.http(), **options)

    def forget_unbegun(self, run: "Run") -> None:
        """Remove a job that its first run brought and could not begin: its name is free again."""
        is_new = run is self.run and run.job.path == self._new_job
        failed = run.error is not None or (run.summary is not None and run.summary.ended == "error")
        if is_new and failed and saved.remove_unbegun(run.job):
            self.job = None

    @contextmanager
    def preflight(self, wish: Wish, sheet: "Preflight") -> "Iterator[Run]":
        """Give a run that only fills in the sheet of what was asked for, and leaves no trace.

        Raises:
            UsageError, StoreError: As for `job_for`.
        """
        with TemporaryDirectory(prefix="ossh-") as folder:
            job = self._settled(self.job_for(wish, lists=Path(folder)))
            # A few keys go to the current directory, whose other files are unrelated.
            is_own = bool(wish.directory) or job.directory != Path.cwd()
            sheet.looks_around = is_own and not job.selection.shard  # what other shares bring
            manifest = Path(folder) / "plan.sqlite"
            run = self._run_of(job, preflight=sheet, manifest_path=manifest)
            run.start()
            try:
                yield run
            finally:
                run.stop()
                run.join(PARK_SECONDS)
