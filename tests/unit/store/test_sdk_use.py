"""What the official SDK does here is what docs/dependencies.md says."""

import ast
from pathlib import Path

import ossh

PACKAGE = Path(ossh.__file__).parent


def test_the_sdk_is_asked_for_buckets_alone() -> None:
    tree = ast.parse((PACKAGE / "store" / "sdk.py").read_text(encoding="utf-8"))
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "service"
    }

    assert called == {"list_buckets"}
