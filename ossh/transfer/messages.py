"""What crosses a thread while a job runs: tasks, and the replies and pages that answer them.

All of it is plain, picklable data. A failure travels as a `Failure`, never as an exception.
What a watcher of a run sees and says is in `watching`.
"""

import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from ossh.errors import LocalError, limits_explained
from ossh.model import ByteRange, Entry, Failure, ObjectInfo, OwnFile, Part, Proof, Signed, value


@value
class Fetch:
    """GET one object, or one range of it, into its partial file."""

    entry: Entry
    range: ByteRange | None = None  # None: the whole object, sealed by the lane that fetched it
    grows: bool = False  # more may be served now than its size: only the beginning is wanted

    @property
    def wanted(self) -> ByteRange:
        """Return the range to fetch, also where it is the whole object."""
        return self.range or ByteRange(0, self.entry.size)

    @property
    def length(self) -> int:
        """Return how many bytes are wanted."""
        return self.entry.size if self.range is None else self.range.length

    @property
    def etag(self) -> str:
        """Return which ETag the object must have, "" where any will do."""
        return "" if self.grows else self.entry.etag


@value
class Look:
    """HEAD one object: its size and ETag as served differ from the listing (symlinks, changes)."""

    entry: Entry


@value
class Readlink:
    """Ask where a symlink leads to."""

    entry: Entry


@value
class Link:
    """Record a symlink as one: make a local link."""

    entry: Entry
    to: str  # below the target: the path of the file that it points to


@value
class CheckPart:
    """Read one part of a partial file again and compare its CRC64."""

    entry: Entry
    part: Part


@value
class Seal:
    """Verify a complete partial file, set its mtime and give it its final name."""

    entry: Entry
    crc64: int  # of all parts combined
    served: "Served"  # what the answers to its parts said of the object


Request = Fetch | Look | Readlink
Task = Request | Link | CheckPart | Seal
Sign = Callable[[Request], Signed]  # called when a task is sent, with the time of that moment


@value
class Served:
    """What a response said of the object it belongs to."""

    size: int
    etag: str
    crc64: int | None
    modified: float  # epoch seconds
    type: str = ""
    storage_class: str = ""
    is_client_encrypted: bool = False  # its bytes are ciphertext, and saved as such


@value
class Done:
    """A task that ended well.

    For a ranged Fetch and a CheckPart `part` is the finished part; for a whole Fetch and a Seal
    `proof` says how the file at its final name was proved, and `own` what it is like; for a Look
    only `served` counts. For a Readlink `link` is the key that the symlink leads to; a Link without
    `proof` could not be made here.
    """

    task: Task
    part: Part | None = None
    served: Served | None = None
    own: OwnFile | None = None
    proof: Proof | None = None
    has_moved: bool = False  # what was in its place went to the trash
    link: str = ""
    received: int = 0  # bytes that came for it; no longer under way once this is known


@value
class Failed:
    """A task that did not end well; `kept` is the piece of its range that is safely on disk."""

    task: Task
    failure: Failure
    kept: Part | None = None
    served: Served | None = None  # of the object that `kept` is a part of
    received: int = 0  # as for Done


@value
class Differs:
    """A part that was looked at, and is not on disk as it was: it must be fetched again.

    Nothing else drops one part. A check that could not be made has `Failed`, or is `Returned`.
    """

    task: CheckPart
    received: int = 0  # as for Done


@value
class Returned:
    """A task handed back untouched, or with what it had finished, because it was recalled."""

    task: Task
    kept: Part | None = None
    served: Served | None = None  # of the object that `kept` is a part of
    received: int = 0  # as for Done


@value
class Crashed:
    """What ended a lane or lister, raised again by the loop: a bug, or a limit of this machine."""

    text: str  # of a bug its formatted traceback
    hint: str | None = None  # what to do about a limit; None: a bug


@value
class Page:
    """One page of a listing, from one key range of it."""

    listing: int  # row of the manifest's listing table
    objects: tuple[ObjectInfo, ...]
    cursor: str  # the last key of the page: a listing resumes after it
    finished: bool
    absent: tuple[str, ...] = ()  # keys that were asked for by name, and that are not there


Pages = Generator[Page | Failure, None, None]
"""The pages of a range, in order; a failure ends them."""


@value
class ListingFailed:
    """A page that could not be fetched."""

    listing: int
    failure: Failure


Answer = Done | Failed | Differs | Returned
"""What becomes of a task: just one of these."""

Reply = Answer | Crashed | Page | ListingFailed


@contextmanager
def bugs_posted(post: Callable[[Reply], None]) -> Iterator[None]:
    """Post what ends a thread, a bug whole, to the loop that raises it again."""
    try:
        with limits_explained():
            yield
    except LocalError as error:
        post(Crashed(str(error), error.hint or ""))
    except Exception:  # noqa: BLE001 - whatever it is
        post(Crashed(traceback.format_exc()))
