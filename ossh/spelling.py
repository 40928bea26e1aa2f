"""Which of some known words was meant by one that is none of them, from its spelling alone.

A wrong guess is worse than none, so only a slip of the finger or two counts, or the beginning.
"""

from collections.abc import Collection, Iterable, Mapping

from ossh.language import _

_MOST = 3  # words that may have been meant; among more it is not known which
_SHORT = 2  # letters of a word in which none may be wrong, only missing or in the other's place
_LONG = 7  # letters of a word in which there may be two slips
_BEGINNING = 3  # letters that may stand for a whole word


def near(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that may have been meant, at most three; mostly one or none.

    A slip is a letter that is wrong, missing, too many, or changed places with the next one.
    """
    typed = word.lower()
    letters = sum(char.isalnum() for char in typed)
    most = 2 if letters >= _LONG else 1
    found: dict[int, list[str]] = {}
    begun = []
    for one in dict.fromkeys(known):
        other = one.lower()
        if letters >= _BEGINNING and other.startswith(typed):
            begun.append(one)
        has_all = len(typed) > 1 and set(typed) <= set(other)
        if letters <= _SHORT and not has_all:
            continue
        if abs(len(typed) - len(other)) <= most and (slips := _slips(typed, other)) <= most:
            found.setdefault(slips, []).append(one)
    closest = found[min(found)] if found else begun
    return closest if len(closest) <= _MOST else []


def _slips(one: str, other: str) -> int:
    """Return how many slips make one word of another (the optimal string alignment distance)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            fewest = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != wanted))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == wanted:
                fewest = min(fewest, earlier[j - 2] + 1)
            row.append(fewest)
    return row[-1]


def did_you_mean(words: Iterable[str]) -> str:
    """Return the hint that one of some words was meant; "" for none."""
    meant = _(" or ").join(f"'{word}'" for word in words)
    return _("did you mean {near}?").format(near=meant) if meant else ""


def refuse_others(
    given: Iterable[str], known: Collection[str], what: str, elsewhere: Mapping[str, str]
) -> None:
    """Refuse options that `what` does not have; `elsewhere` are names that others have for ours.

    Raises:
        TypeError: There is no such option; perhaps with the one that was meant.
    """
    for name in given:
        if name in known:
            continue
        meant = elsewhere.get(name, "")
        likely = [meant] if meant in known else near(name, known)
        text = _("'{name}' is not an option of {what}").format(name=name, what=what)
        raise TypeError("; ".join(filter(None, [text, did_you_mean(likely)])))
