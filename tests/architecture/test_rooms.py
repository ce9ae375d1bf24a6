"""Limits of STYLE that no linter holds."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "ospatrol").rglob("*.py"))
FILE_LIMIT = 300
FUNCTION_LIMIT = 40
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "common", "manager", "base", "data", "info", "misc"}


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = 0
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        docstring = (first.end_lineno or first.lineno) - first.lineno + 1
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)

    long = [
        f"{path.name}:{node.lineno} {node.name} has {body_lines(node)} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > FUNCTION_LIMIT
    ]

    assert long == []
    assert text.count("\n") <= FILE_LIMIT


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_name_says_what_it_is_for(path: Path) -> None:
    assert path.stem not in NAMES_THAT_SAY_NOTHING


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name == "__init__.py"], ids=lambda p: p.parent.name)
def test_a_room_says_what_it_is_for_and_re_exports_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text())

    assert ast.get_docstring(tree)
    assert all(isinstance(node, ast.Expr | ast.Assign) for node in tree.body)
    assert not any(
        isinstance(target, ast.Name) and target.id == "__all__"
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    )


def goes_on(handler: ast.ExceptHandler) -> bool:
    """Whether a handler swallows what it caught; one that cleans up and raises again does not."""
    return not any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))


def test_only_patrol_catches_whatever_a_plugin_raises() -> None:
    catching = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and goes_on(node)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    }

    assert {room for room in catching if not room.startswith("ospatrol/patrol/")} <= {"ospatrol/cli/main.py"}
