import io

from ossh.shell.scripting.recorder import MOST_KEPT, Shown


def test_of_a_long_output_only_the_start_is_kept() -> None:
    shown = Shown("> ", io.StringIO())

    for _ in range(MOST_KEPT):
        shown.add("line", "\n")

    assert (shown.is_whole, shown.output.getvalue()) == (False, "line\n" * (MOST_KEPT // 5))


def test_bytes_that_are_no_text_are_kept_as_marks() -> None:
    shown = Shown("> ", io.StringIO())

    shown.add(b"\xff\n")

    assert (shown.is_whole, shown.output.getvalue()) == (True, "\ufffd\n")
