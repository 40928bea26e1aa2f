"""Which distributions ossh needs at run time, from what is installed here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires

import environment
from packaging.requirements import Requirement


def direct() -> list[str]:
    """Return the normalized names of the packages in pyproject.toml, in its order."""
    text = (environment.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named: list[str] = tomllib.loads(text)["project"]["dependencies"]
    return [environment.normal(Requirement(one).name) for one in named]


def closure(names: Iterable[str]) -> set[str]:
    """Return names and everything they require, even what only some systems need.

    Distributions that are not installed here are ends: what they need is not known.
    """
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _required(name)
    return found


def _required(name: str) -> list[str]:
    try:
        lines = requires(name) or []
    except PackageNotFoundError:
        return []
    every = [Requirement(line) for line in lines]
    return [
        environment.normal(one.name)
        for one in every
        if one.marker is None or "extra" not in str(one.marker)
    ]
