"""What is asked for ahead, and what can be written: in order, in bounded memory. Pure.

A member of the archive arrives in pieces that are small enough to be kept until their turn, and
to be asked for again; a symlink and a new version are looked at before. The header of a member is
written once its first piece is here; a member of one piece is proved before, one of several when
the last has passed.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import md5
from typing import Any, cast

import fastcrc

from ossh.model import ByteRange, Entry, Proof, value
from ossh.transfer.disk.delivery import prove
from ossh.transfer.disk.disk_errors import CorruptError
from ossh.transfer.disk.file_io import md5_in
from ossh.transfer.messages import Served
from ossh.transfer.streaming import tar_format
from ossh.units import moment_at

PIECE = 1024 * 1024  # bytes; of a larger object many are under way at once
MEMORY = 64 * 1024 * 1024  # bytes of pieces that were asked for and are not written yet
COST = 4096  # bytes that a piece and its member take beside the body


@dataclass(slots=True, eq=False)
class Piece:
    """Some or all bytes of a member, or a look at what it is."""

    member: "Member"
    range: ByteRange | None  # None: all bytes, or a look
    length: int
    body: bytes | None = None  # None until it is here
    attempts: int = 0  # charged
    throttles: int = 0

    @property
    def cost(self) -> int:
        return self.length + COST

    @property
    def is_look(self) -> bool:
        """Return whether it only asks what the object is: a symlink's target, a new version."""
        return not self.member.is_known


@dataclass(slots=True, eq=False)
class Member:
    """One object on its way into the archive."""

    number: int
    entry: Entry
    is_known: bool  # whether size and ETag are those that are served
    rest: Iterator[ByteRange | None] = field(default_factory=lambda: iter(()))
    pieces: deque[Piece] = field(default_factory=deque)  # begun, in order
    changes: int = 0
    grows: bool = False  # more was appended to it: what was there at first is wanted
    is_gone: bool = False
    written: int = -1  # bytes of its body that were handed on; -1: not even its header
    crc64: int = 0  # of those that have passed
    served: Served | None = None
    proof: Proof | None = None  # how its bytes were proved
    digest: Any = None  # of hashlib, where nothing better than the MD5 is known

    @property
    def is_folder(self) -> bool:
        return self.entry.path.endswith("/")

    @property
    def has_next(self) -> bool:
        """Return whether the piece is here that is to be handed on next."""
        return bool(self.pieces) and self.pieces[0].body is not None

    @property
    def has_begun(self) -> bool:
        return self.written >= 0

    @property
    def is_whole(self) -> bool:
        """Return whether all of its body was handed on."""
        return self.written >= self.entry.size and not self.pieces

    @property
    def may_grow(self) -> bool:
        """Return whether it may have grown behind bytes whose checksum is known.

        That they are unchanged is proved in the end.
        """
        served = self.served
        return self.entry.type == "Appendable" and served is not None and served.crc64 is not None

    def seen(self, served: Served) -> None:
        """Learn from a HEAD which object it is."""
        self.is_known = True
        self.entry = replace(self.entry, size=served.size, etag=served.etag)
        if served.modified and not self.entry.is_symlink:  # a link's own date is the listed one
            self.entry = replace(self.entry, last_modified=moment_at(served.modified))

    def settle(self, served: Served) -> None:
        """Learn from the first answer what proves its bytes."""
        if self.served is None:
            self.served, self.crc64 = served, 0
            if served.crc64 is None and md5_in(served.etag or self.entry.etag, self.entry.type):
                self.digest = md5(usedforsecurity=False)

    def digest_of(self, body: bytes) -> None:
        """Add bytes to what proves them."""
        self.crc64 = fastcrc.crc64.xz(body, self.crc64)
        if self.digest is not None:
            self.digest.update(body)

    def prove(self, last: bytes, size: int) -> None:
        """Prove the bytes that have passed, and the last ones, yet to pass; `size` is of all.

        Raises:
            CorruptError: They are not the object's.
        """
        self.digest_of(last)
        digest, self.digest = self.digest, None
        md5_of = digest.hexdigest if digest is not None else str
        served = cast("Served", self.served)
        self.proof = prove(self.entry, served, size, self.crc64, lambda: str(md5_of()).upper())


@value
class Block:
    """Bytes to be written, and what is to be done before: it may raise a `CorruptError`."""

    data: bytes
    member: Member
    check: Callable[[], None] | None = None  # of any thread, in the order of the blocks
    is_last: bool = False  # of its member


@dataclass(slots=True, eq=False)
class Order:
    """The members that are under way, the first of them being the next to be written."""

    entries: Iterator[Entry]  # in the order of the archive
    memory: int = MEMORY  # bytes that may be kept; the piece whose turn it is always has room
    piece: int = PIECE  # bytes of a piece at most
    _held: int = 0
    _at: int = len(tar_format.BEGINNING)  # bytes of the archive that were handed on
    _members: deque[Member] = field(default_factory=deque)
    _numbers: int = 0
    # heaps: members with pieces to begin, and pieces to ask for again
    _open: list[tuple[int, Member]] = field(default_factory=list)
    _due: list[tuple[float, int, Piece]] = field(default_factory=list)
    _is_exhausted: bool = False

    @property
    def written_of_first(self) -> int:
        """Return how many bytes of the member whose turn it is are written."""
        return max(0, self._members[0].written) if self._members else 0

    @property
    def is_over(self) -> bool:
        """Return whether all is written."""
        return self._is_exhausted and not self._members

    def next(self, now: float) -> Piece | None:
        """Return the piece to ask for next; None if there is none now, or no memory for it."""
        while self._due and self._due[0][0] <= now:
            piece = heapq.heappop(self._due)[2]
            if piece in piece.member.pieces:  # it is still wanted
                return piece
        member = self._next_open()
        if member is None:
            return None
        is_turn = member is self._members[0] and not member.pieces
        if self._held + self.piece > self.memory and not is_turn:
            return None
        return self._begin(member)

    def _next_open(self) -> Member | None:
        """Return the first member with pieces to begin; entries are taken as there is room."""
        while not self._open:
            if self._held + self.piece > self.memory and self._members:
                return None
            entry = next(self.entries, None)
            if entry is None:
                self._is_exhausted = True
                return None
            self._add(entry)
        return self._open[0][1]

    def _add(self, entry: Entry) -> None:
        self._numbers += 1
        member = Member(self._numbers, entry, is_known=not entry.is_symlink)
        self._members.append(member)
        self._held += COST
        if not member.is_folder:  # that is its header
            self._let_begin(member)

    def _let_begin(self, member: Member) -> None:
        """Let the pieces of a member begin, or the look at what it is."""
        size, step = member.entry.size, self.piece
        is_one = size <= step or not member.is_known
        starts = range(0, size, step)
        ranges = (ByteRange(start, min(start + step, size)) for start in starts)
        member.rest = iter((None,)) if is_one else ranges
        heapq.heappush(self._open, (member.number, member))

    def _begin(self, member: Member) -> Piece:
        wanted = next(member.rest)
        whole = member.entry.size if member.is_known else 0
        piece = Piece(member, wanted, whole if wanted is None else wanted.length)
        member.pieces.append(piece)
        self._held += piece.cost
        if wanted is None or wanted.stop == member.entry.size:
            heapq.heappop(self._open)
        return piece

    def retry(self, piece: Piece, due: float) -> None:
        """Ask for a piece again at some moment."""
        self._numbers += 1
        heapq.heappush(self._due, (due, self._numbers, piece))

    def arrived(self, piece: Piece, served: Served, body: bytes) -> None:
        """Keep a piece until its turn; after a look, the first one begins.

        Raises:
            CorruptError: It is all of a member, and not what the service says that it is.
        """
        member = piece.member
        if not (piece.is_look and member.entry.is_symlink):  # whose bytes may come with a CRC64
            member.settle(served)
        if piece.is_look:
            member.pieces.clear()
            self._held -= piece.cost
            member.seen(served)
            self._let_begin(member)
            return
        if len(body) == member.entry.size and piece is member.pieces[0] and not member.has_begun:
            try:
                member.prove(body, len(body))
            except CorruptError:
                member.served = None  # what the next answer says counts
                raise
        piece.body = body

    def forget(self, member: Member, *, is_gone: bool = False) -> None:
        """Begin a member anew, which is another version now, or is not there any more."""
        self._held -= sum(piece.cost for piece in member.pieces)
        member.pieces.clear()
        self._open = [one for one in self._open if one[1] is not member]
        heapq.heapify(self._open)
        member.served, member.digest = None, None
        member.grows, member.is_gone = False, is_gone
        member.is_known, member.changes = False, member.changes + 1
        if not is_gone:
            self._let_begin(member)

    def ready(self) -> Iterator[Block]:
        """Yield what is to be written next, as far as it is here."""
        for block in self._blocks():
            self._at += len(block.data)
            yield block

    def _blocks(self) -> Iterator[Block]:
        while self._members:
            member, body = self._members[0], b""
            if not member.is_gone:
                if not member.has_begun:
                    if not (member.is_folder or member.has_next):
                        return
                    member.written = 0
                    yield Block(tar_format.header(member.entry, self._at), member)
                while not member.is_whole and member.has_next:
                    body = self._taken(member)
                    if not member.is_whole:
                        digest = partial(member.digest_of, body) if member.proof is None else None
                        yield Block(body, member, digest)
                if not member.is_folder and not member.is_whole:
                    return
            self._members.popleft()
            self._held -= COST
            is_proved = member.is_gone or member.is_folder or member.proof is not None
            check = None if is_proved else partial(member.prove, body, member.written)
            # proved before it is written: what is not the object never ends as a member does
            end = body + tar_format.padding(max(0, member.written))
            yield Block(end, member, check, is_last=True)

    @property
    def has_members(self) -> bool:
        """Return whether anything was handed on that ends up in the archive."""
        return self._at > len(tar_format.BEGINNING)

    def _taken(self, member: Member) -> bytes:
        """Return the bytes of a member that come next."""
        piece = member.pieces.popleft()
        self._held -= piece.cost
        member.written += len(piece.body or b"")
        return piece.body or b""
