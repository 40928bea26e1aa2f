"""What `get --adopt` is about to take over, and what it took over. Pure."""

from collections.abc import Iterator

from ossh.console.views.text import count
from ossh.language import _, n_
from ossh.transfer.watching import Adopted
from ossh.units import format_size


def foreseen_lines(adopted: Adopted) -> Iterator[str]:
    """Yield what is to be read and asked for, before that is done."""
    if not adopted.files:
        yield _("no local file has the size of its object")
        return
    text = _("to adopt: {files} of the right size, {size} to read")
    yield text.format(files=count(adopted.files, "file"), size=format_size(adopted.size))
    if by_md5 := adopted.files - adopted.requests:
        yield n_("{number:,} is compared by MD5", "{number:,} are compared by MD5", by_md5)
    if adopted.requests:
        yield n_(
            "{number:,} is compared by CRC64, which takes a request",
            "{number:,} are compared by CRC64, which takes a request each",
            adopted.requests,
        )
    yield _("a file identical to its object gets the object's date; the others stay as they are")


def adopted_lines(adopted: Adopted) -> Iterator[str]:
    """Yield what was taken over, and how many files were not what they looked like."""
    if adopted.proved:
        text = _("adopted: {files}, identical byte for byte")
        yield text.format(files=count(adopted.proved, "file"))
    if adopted.differing:
        text = _("not adopted: {files} of the right size but with different contents")
        yield text.format(files=count(adopted.differing, "file"))
