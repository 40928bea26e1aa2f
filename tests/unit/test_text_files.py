"""Text of other programs: its mark says its encoding, and nothing of it ends up in a line."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh import text_files
from ossh.text_files import NotTextError

LINES = ["日志/一.gz", "", "an emoji 🙂", "end"]
MARKED = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
LINE = st.text(st.characters(exclude_characters="\r\n\ufeff", codec="utf-8"))


def encoded(lines: list[str], encoding: str, end: str) -> bytes:
    mark = "\ufeff" if encoding.startswith("utf-16-") else ""
    return (mark + "".join(line + end for line in lines)).encode(encoding)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", *MARKED])
def test_a_file_is_read_as_its_mark_says_and_without_it(
    tmp_path: Path, encoding: str, end: str
) -> None:
    path = tmp_path / "x"
    path.write_bytes(encoded(LINES, encoding, end))

    assert text_files.read(path) == "\n".join(LINES) + "\n"


@pytest.mark.parametrize("encoding", ["utf-8", *MARKED])
@given(lines=st.lists(LINE, min_size=1), end=st.sampled_from(["\n", "\r\n"]))
def test_a_stream_gives_the_lines_that_were_written(
    encoding: str, lines: list[str], end: str
) -> None:
    stream = io.BytesIO(encoded(lines, encoding, end))

    assert list(text_files.lines(stream)) == lines


@pytest.mark.parametrize("encoding", ["utf-8", *MARKED])
def test_the_last_line_of_a_stream_need_not_end(encoding: str) -> None:
    stream = io.BytesIO(encoded(["一", "二"], encoding, "\r\n").rstrip(b"\0\r\n"))

    assert next(text_files.lines(stream)) == "一"
    assert list(text_files.lines(io.BytesIO("一\n二".encode()))) == ["一", "二"]


def test_each_line_of_a_stream_may_have_another_encoding() -> None:
    stream = io.BytesIO("日志/一\r\n".encode() + "日志/二\r\n".encode("gbk"))

    assert list(text_files.lines(stream, "utf-8", "gbk")) == ["日志/一", "日志/二"]


def test_a_line_comes_before_the_next_is_written() -> None:
    class Stream(io.BytesIO):
        def __next__(self) -> bytes:
            raise AssertionError("the next line was waited for")

    assert next(text_files.lines(Stream(b"one\n"))) == "one"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"one\n\xff\xff\n", 2),
        (b"\xef\xbb\xbfone\ntwo\n\xc4\xe3\n", 3),
        ("\ufeffone\ntwo\n".encode("utf-16-le") + b"\x00\xd8x", 3),
    ],
)
def test_what_is_in_no_known_encoding_is_refused_by_its_line(
    tmp_path: Path, data: bytes, line: int
) -> None:
    (tmp_path / "x").write_bytes(data)

    with pytest.raises(NotTextError) as whole:
        text_files.read(tmp_path / "x")
    with pytest.raises(NotTextError) as streamed:
        list(text_files.lines(io.BytesIO(data)))

    assert (whole.value.line, streamed.value.line) == (line, line)


def test_the_first_encoding_that_fits_is_taken() -> None:
    data = "中文".encode("gbk")

    assert text_files.decoded(data, "utf-8", "gbk") == "中文"
    with pytest.raises(NotTextError):
        text_files.decoded(data)


def test_a_file_beyond_all_measure_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as file:
        file.truncate(text_files.LARGEST + 1)

    with pytest.raises(OSError, match=r"(?i)too large"):
        text_files.read(tmp_path / "x")


@pytest.mark.parametrize("encoding", ["utf-8", *MARKED])
def test_a_stream_is_not_read_beyond_all_measure(encoding: str) -> None:
    stream = io.BytesIO(encoded(["x" * (2 * text_files.LARGEST)], encoding, "\n"))

    with pytest.raises(OSError, match=r"(?i)too large"):
        next(text_files.lines(stream))

    assert stream.tell() == text_files.LARGEST + 1
