"""What the system's shell offers for a command line of ossh that is being typed."""

import argparse
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain

from ossh import commands
from ossh.command_line import verbs
from ossh.command_line.first_word import HELP, NAMES, OF_THE_PROMPT, VERBS, first_word, plain_words
from ossh.command_line.options import parser
from ossh.commands.completion import FILES, Offer, completer_for, prefixes
from ossh.console.argparse_internals import actions, subcommands
from ossh.errors import OsshError
from ossh.language import _
from ossh.printable import printable
from ossh.session import SCHEME, Session

WORDS = "words"


def words_of(line: str) -> list[str]:
    """Return the words of a line after its command; the last one is being typed."""
    for closing in ("", "'", '"'):
        try:
            words = shlex.split(line + closing)
        except ValueError:
            continue
        return [*words[1:], *([""] if line[-1:].isspace() and not closing else [])] or [""]
    return [""]


def read(args: argparse.Namespace) -> None:
    """Take how to connect from the line that is completed; what is wrong there is ignored."""
    with suppress(OsshError):
        words = [word for word in words_of(args.complete[1])[:-1] if word and word[-1] != "="]
        verbs.shared("ossh").parse_known_args(words, args)


def answer(session: Session, shell: str, line: str) -> Iterator[str]:
    """Yield the lines of an answer, as `completion_scripts` describes it."""
    words = words_of(line)
    try:
        kind, found = _completed(session, words)
    except OsshError:
        kind, found = WORDS, ()
    yield kind
    # What follows the last of these is a word of its own in bash.
    start = max(map(words[-1].rfind, ":=")) + 1 if shell == "bash" else 0
    for one in found:
        yield f"{one.text[start:]}\t{one.about}" if one.about else one.text[start:]


def _completed(session: Session, words: Sequence[str]) -> tuple[str, Iterable[Offer]]:
    """Return what kind of word the last of some words is to be, and what it may be."""
    *typed, word = words
    reader: argparse.ArgumentParser = parser()
    at = first_word(typed, reader)
    verb = typed[at] if at is not None and typed[at] in NAMES else ""
    if verb in {HELP, *OF_THE_PROMPT}:
        return WORDS, _verbs(word)
    arguments = actions(reader)
    if at is not None and verb:
        reader, typed = _of_subcommand(verbs.parser(verb), typed[at + 1 :])
        arguments = [*actions(reader), *actions(verbs.shared(reader.prog))]
    flags = {flag: one for one in arguments for flag in one.option_strings}
    plain = [typed[number] for number in plain_words(typed, arguments)]
    places = [one for one in arguments if not one.option_strings]
    job = plain[0] if plain and places[:1] and places[0].dest == "job" else ""
    option, equals, value = word.partition("=")
    if equals and option in flags:
        return _values(session, flags[option], value, job, f"{option}=")
    last = flags.get(typed[-1]) if typed else None
    if last is not None and last.nargs != 0:
        return _values(session, last, word, job)
    if word.startswith("-"):
        return WORDS, _flags(arguments, word)
    if not verb:
        return _begun(session, word)
    ahead = (one for n, one in enumerate(places) if n == len(plain) or one.nargs in {"*", "+"})
    positional = next(ahead, None)
    return _values(session, positional, word, job) if positional is not None else (WORDS, ())


def _of_subcommand(
    reader: argparse.ArgumentParser, typed: Sequence[str]
) -> tuple[argparse.ArgumentParser, list[str]]:
    """Return the parser of the action that is typed, and what follows it."""
    known = subcommands(reader)
    for number, word in enumerate(typed):
        if word in known:
            return known[word], [*typed[number + 1 :]]
    return reader, [*typed]


def _values(
    session: Session, action: argparse.Action, word: str, job: str, before: str = ""
) -> tuple[str, Iterable[Offer]]:
    """Return what an argument may be, given the beginning of it."""
    found = completer_for(action) or ""
    if action.choices is not None:
        offered: Iterable[Offer] = (Offer(str(one)) for one in action.choices)
    elif isinstance(found, str):
        return found or WORDS, ()
    else:
        offered = found(session, word, job)
    shown = (one for one in offered if one.text.startswith(word))
    return WORDS, [Offer(before + one.text, about=one.about) for one in shown]


def _flags(arguments: Iterable[argparse.Action], word: str) -> Iterator[Offer]:
    for one in arguments:
        told = "" if one.help is None else _(one.help) % vars(one)
        for flag in one.option_strings:
            if flag.startswith(word) and one.help != argparse.SUPPRESS:
                yield Offer(flag, about=printable(told))


def _verbs(word: str) -> Iterator[Offer]:
    for one in commands.every():
        if one.name.startswith(word) and one.name in VERBS:
            yield Offer(one.name, about=_(one.summary))


def _begun(session: Session, word: str) -> tuple[str, Iterable[Offer]]:
    """Return what a first word may be: a command, an address, else a job or a script."""
    if word.startswith(SCHEME):
        return WORDS, prefixes(session, word)
    found = list(chain(_verbs(word), [Offer(SCHEME)] if word and SCHEME.startswith(word) else []))
    return (WORDS, found) if found or word in NAMES else (FILES, ())
