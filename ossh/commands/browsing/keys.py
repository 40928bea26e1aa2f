"""What the keys do: those of ncdu, mc, ranger and nnn, as far as they do not contradict. Pure."""

from enum import Enum

from ossh.language import N_


class Action(Enum):
    """What keys ask for: the keys, as prompt_toolkit names them, and what `?` says of them."""

    UP = ("up", "k", "c-p"), "↑ k", N_("up")
    DOWN = ("down", "j", "c-n"), "↓ j", N_("down")
    PAGE_UP = ("pageup", "c-b", "c-u"), "PgUp", N_("a page up")
    PAGE_DOWN = ("pagedown", "c-f", "c-d"), "PgDn", N_("a page down")
    START = ("home", "g"), "Home g", N_("the first")
    END = ("end", "G"), "End G", N_("the last")
    IN = ("right", "enter", "l"), "→ Enter", N_("open a folder, a ZIP or an object")
    OUT = ("left", "backspace", "h"), "← h", N_("up one folder")
    LOOK = ("i", "v", "f3"), "i F3", N_("view an object")
    MARK = (" ", "insert", "c-t"), "Space", N_("mark, or unmark")
    MARK_ALL = ("*",), "*", N_("mark all listed here")
    UNMARK = ("u",), "u", N_("clear all marks")
    BY_NAME = ("o",), "o", N_("by name; again: reverse")
    BY_SIZE = ("s",), "s", N_("by size")
    BY_AGE = ("m", "M"), "m", N_("by age, newest first")
    REVERSE = ("r",), "r", N_("reverse the order")
    SEARCH = ("/", "f7"), "/", N_("search in the names here")
    NEXT = ("n", ">"), "n >", N_("the next match")
    PREVIOUS = ("N", "<"), "N <", N_("the previous match")
    ALL = ("a",), "a", N_("turn the filters off or on")
    RENEW = ("R", "c-r"), "R", N_("list and count again")
    GET = ("d", "f5"), "d F5", N_("download what is marked")
    PREVIEW = ("p",), "p", N_("preview what is marked")
    SAVE = ("w",), "w", N_("save it as a job")
    GO = ("c",), "c", N_("leave, and cd here")
    HELP = ("?", "f1"), "?", N_("these keys")
    ESCAPE = ("escape",), "", ""
    LEAVE = ("q", "Q", "f10", "c-c", "<sigint>"), "q Ctrl-C", N_("leave")

    def __init__(self, keys: tuple[str, ...], shown: str, does: str) -> None:
        self.keys, self.shown, self.does = keys, shown, does
