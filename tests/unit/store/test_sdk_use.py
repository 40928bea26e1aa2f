"""What the official SDK does here is what docs/dependencies.md says."""

import ast
from pathlib import Path

import ossh

PACKAGE = Path(ossh.__file__).parent


def test_the_sdk_is_asked_for_buckets_alone() -> None:
    tree = ast.parse((PACKAGE / "store" / "sdk.py").read_text(encoding="utf-8"))
    taken = {
        one.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("oss2")
        for one in node.names
    }

    assert taken == {"ListBucketsResult", "parse_list_buckets"}
