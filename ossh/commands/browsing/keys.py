"""What the keys do: those of ncdu, mc, ranger and nnn, as far as they do not contradict. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from ossh.language import N_


class Action(StrEnum):
    """What a key asks for."""

    UP = "up"
    DOWN = "down"
    PAGE_UP = "page up"
    PAGE_DOWN = "page down"
    START = "start"
    END = "end"
    IN = "in"
    OUT = "out"
    LOOK = "look"
    BY_NAME = "by name"
    BY_SIZE = "by size"
    BY_AGE = "by age"
    REVERSE = "reverse"
    SEARCH = "search"
    NEXT = "next"
    PREVIOUS = "previous"
    MARK = "mark"
    MARK_ALL = "mark all"
    UNMARK = "unmark"
    ALL = "all"
    RENEW = "renew"
    GET = "get"
    PREVIEW = "preview"
    SAVE = "save"
    GO = "go"
    HELP = "help"
    ESCAPE = "escape"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys, as prompt_toolkit names them, and what `?` says of them."""

    action: Action
    keys: tuple[str, ...]
    shown: str
    does: str


BINDINGS = (
    Binding(Action.UP, ("up", "k", "c-p"), "↑ k", N_("up")),
    Binding(Action.DOWN, ("down", "j", "c-n"), "↓ j", N_("down")),
    Binding(Action.PAGE_UP, ("pageup", "c-b", "c-u"), "PgUp", N_("a page up")),
    Binding(Action.PAGE_DOWN, ("pagedown", "c-f", "c-d"), "PgDn", N_("a page down")),
    Binding(Action.START, ("home", "g"), "Home g", N_("the first")),
    Binding(Action.END, ("end", "G"), "End G", N_("the last")),
    Binding(Action.IN, ("right", "enter", "l"), "→ Enter", N_("open a folder, a ZIP or an object")),
    Binding(Action.OUT, ("left", "backspace", "h"), "← h", N_("up one folder")),
    Binding(Action.LOOK, ("i", "v", "f3"), "i F3", N_("view an object")),
    Binding(Action.MARK, (" ", "insert", "c-t"), "Space", N_("mark, or unmark")),
    Binding(Action.MARK_ALL, ("*",), "*", N_("mark all listed here")),
    Binding(Action.UNMARK, ("u",), "u", N_("clear all marks")),
    Binding(Action.BY_NAME, ("o",), "o", N_("by name; again: reverse")),
    Binding(Action.BY_SIZE, ("s",), "s", N_("by size")),
    Binding(Action.BY_AGE, ("m", "M"), "m", N_("by age, newest first")),
    Binding(Action.REVERSE, ("r",), "r", N_("reverse the order")),
    Binding(Action.SEARCH, ("/", "f7"), "/", N_("search in the names here")),
    Binding(Action.NEXT, ("n", ">"), "n >", N_("the next match")),
    Binding(Action.PREVIOUS, ("N", "<"), "N <", N_("the previous match")),
    Binding(Action.ALL, ("a",), "a", N_("turn the filters off or on")),
    Binding(Action.RENEW, ("R", "c-r"), "R", N_("list and count again")),
    Binding(Action.GET, ("d", "f5"), "d F5", N_("download what is marked")),
    Binding(Action.PREVIEW, ("p",), "p", N_("preview what is marked")),
    Binding(Action.SAVE, ("w",), "w", N_("save it as a job")),
    Binding(Action.GO, ("c",), "c", N_("leave, and cd here")),
    Binding(Action.HELP, ("?", "f1"), "?", N_("these keys")),
    Binding(Action.ESCAPE, ("escape",), "", ""),
    Binding(Action.LEAVE, ("q", "Q", "f10", "c-c", "<sigint>"), "q Ctrl-C", N_("leave")),
)
