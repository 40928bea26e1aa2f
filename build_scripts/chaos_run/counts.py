"""Counts what happened in a chaos run, and shows it as a table."""

from __future__ import annotations

from collections import Counter

from chaos_run.evidence import Evidence
from chaos_run.life import Lived
from chaos_run.plan import Plan

ENDS = {"kill": "kill -9", "interrupt": "Ctrl-C", "terminate": "SIGTERM"}
CUTS = {
    "offline": "connections cut, server unreachable",
    "restart": "server stopped and started again",
    "freeze": "silence on open connections",
    "rotate": "credentials replaced",
}

PLANTED = "links planted in place of ossh's files"


class Counts:
    """Sums over all jobs so far."""

    def __init__(self) -> None:
        """Start from zero."""
        self.happened: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    def job(self, plan: Plan) -> None:
        """Count a job that starts."""
        self.happened["jobs"] += 1
        self.happened["objects"] += len(plan.things)
        self.happened["bytes of objects"] += sum(thing.size for thing in plan.things)

    def life(self, before: Evidence, lived: Lived, edited: int) -> None:
        """Count a life: what happened to it, what it resumed from, what it requested.

        Args:
            before: The state at its start.
            lived: The life.
            edited: How many files a person edited before it.
        """
        self.happened["processes"] += 1
        self.happened["files edited by hand"] += edited
        if lived.ended_by:
            self.happened[ENDS[lived.ended_by]] += 1
        self.happened[PLANTED] += bool(lived.planted)
        for cut in lived.cuts:
            self.happened[CUTS[cut]] += 1
        self.happened["requests"] += len(lived.requests)
        self.happened["bytes resumed within objects"] += sum(before.parts.values())
        self.faults.update(one["fault"] for one in lived.requests if one["fault"])
        self.most |= lived.most

    def table(self) -> str:
        """Return all counts, one name and number per line."""
        order = ["jobs", "objects", "bytes of objects", "processes", *ENDS.values()]
        order += [
            *CUTS.values(),
            PLANTED,
            "files edited by hand",
            "requests",
            "bytes resumed within objects",
        ]
        rows = [(name, self.happened[name]) for name in order]
        rows += [(f"fault: {kind}", self.faults[kind]) for kind in sorted(self.faults)]
        rows += [("most descriptors of a process", self.most["fd"])]
        rows += [("most threads of a process", self.most["task"])]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {number:>15,}" for name, number in rows)
