"""What the official SDK does here is what docs/dependencies.md says."""

import ast
from pathlib import Path

import ossh

PACKAGE = Path(ossh.__file__).parent

# of its clients: what lists buckets, and what tells of one object
CALLS = {"list_buckets", "head_object", "get_symlink"}


def test_the_sdk_is_asked_for_buckets_and_for_one_object_alone() -> None:
    tree = ast.parse((PACKAGE / "store" / "sdk.py").read_text(encoding="utf-8"))
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"service", "bucket"}
    }

    assert called == CALLS
