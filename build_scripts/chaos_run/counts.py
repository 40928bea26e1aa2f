"""Counts what happened in a chaos run, and shows it as a table."""

from __future__ import annotations

from collections import Counter

from chaos_run.evidence import Evidence
from chaos_run.plan import Plan
from chaos_run.process import ProcessRecord

ENDS = {"kill": "kill -9", "interrupt": "Ctrl-C", "terminate": "SIGTERM"}
CUTS = {
    "offline": "connections cut, server unreachable",
    "freeze": "silence on open connections",
    "rotate": "credentials replaced",
    "lose": "processes that fetch killed",
}


class Counts:
    def __init__(self) -> None:
        self.happened: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    def job(self, plan: Plan) -> None:
        self.happened["jobs"] += 1
        self.happened["objects"] += len(plan.objects)
        self.happened["bytes of objects"] += sum(planned.size for planned in plan.objects)

    def process(self, before: Evidence, record: ProcessRecord) -> None:
        """Count a process: what happened to it, what it resumed from, what it requested."""
        self.happened["processes"] += 1
        if record.ended_by:
            self.happened[ENDS[record.ended_by]] += 1
        for cut in record.cuts:
            self.happened[CUTS[cut]] += 1
        self.happened["requests"] += len(record.requests)
        self.happened["bytes resumed within objects"] += sum(before.parts.values())
        self.happened.update(f"fault: {one['fault']}" for one in record.requests if one["fault"])
        self.most |= record.most

    def table(self) -> str:
        order = ["jobs", "objects", "bytes of objects", "processes", *ENDS.values()]
        order += [*CUTS.values(), "requests", "bytes resumed within objects"]
        rows = [(name, self.happened[name]) for name in order]
        rows += sorted(one for one in self.happened.items() if one[0].startswith("fault: "))
        rows += [("most descriptors of a process", self.most["fd"])]
        rows += [("most threads of a process", self.most["task"])]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {number:>15,}" for name, number in rows)
