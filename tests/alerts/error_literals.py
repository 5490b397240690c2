"""The words that a form's own `clean` and its validators say: no answer at a single field brings them up, so the code is read."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

WORDED = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}
SAYS = {"ValidationError": 0, "add_error": -1}
Known = Mapping[str, Sequence[ast.expr]]


def of_forms(root: Path) -> dict[str, set[str]]:
    """Each of these texts with the places that say it."""
    found: dict[str, set[str]] = defaultdict(set)
    for app in ("cases", "guardians", "alerts"):
        for path in sorted((root / app / "forms").rglob("*.py")):
            for line, text in _in(ast.parse(path.read_text(encoding="utf-8"))):
                found[text].add(f"{path.relative_to(root)}:{line}")
    return dict(found)


def _in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    own = _bound(tree.body)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            known = {**own, **_bound([one for one in ast.walk(function) if isinstance(one, ast.stmt)])}
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and _name(call) in SAYS and call.args:
                    said = call.args[SAYS[_name(call)]]
                    yield from ((call.lineno, text) for text in _texts(said, known, ()))


def _bound(body: Sequence[ast.stmt]) -> dict[str, list[ast.expr]]:
    """By name what it is set to, or goes through."""
    known: dict[str, list[ast.expr]] = defaultdict(list)
    for one in body:
        if isinstance(one, ast.Assign | ast.For):
            targets, value = (
                (one.targets, one.value) if isinstance(one, ast.Assign) else ([one.target], one.iter)
            )
            for target in targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        known[name.id].append(value)
    return known


def _texts(node: ast.expr, known: Known, before: tuple[str, ...]) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and _name(one) in WORDED:
            yield from (arg.value for arg in one.args if _is_text(arg))  # type: ignore[attr-defined]
        elif isinstance(one, ast.Name) and one.id not in before:
            for value in known.get(one.id, ()):
                yield from _texts(value, known, (*before, one.id))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))
