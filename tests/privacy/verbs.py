"""Read from the source which verbs the code writes into the audit log."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = Path(__file__).parent.parent.parent / "sca_lms"
WRITER = "record_audit"
VERB_POSITION = 2
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Verb:
    """A verb, or with `is_beginning` what a verb made at run time begins with; and where it stands."""

    word: str
    where: str
    is_beginning: bool = False


def used_verbs() -> list[Verb]:
    """Return every verb that calls of `record_audit` pass on, followed through variables and parameters."""
    return [verb for path in sorted(PACKAGES.rglob("*.py")) for verb in _Module(path).verbs()]


class _Module:
    def __init__(self, path: Path) -> None:
        self.where = str(path.relative_to(PACKAGES))
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.functions = [
            node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]

    def verbs(self) -> Iterator[Verb]:
        for function in self.functions:
            if function.name == WRITER:
                continue
            for call in _calls(function, WRITER):
                found = list(self._of(_argument(call, VERB_POSITION, "verb"), function, depth=0))
                yield from found or [Verb("", f"{self.where}:{call.lineno}")]

    def _of(self, value: ast.expr | None, function: Function, depth: int) -> Iterator[Verb]:
        where = f"{self.where}:{getattr(value, 'lineno', 0)}"
        match value:
            case ast.Constant(value=str(word)):
                yield Verb(word, where)
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._of(body, function, depth)
                yield from self._of(orelse, function, depth)
            case ast.JoinedStr(values=[ast.Constant(value=str(word)), *_]):
                yield Verb(word, where, is_beginning=True)
            case ast.Name(id=name):
                yield from self._named(name, function, depth)
            case ast.Subscript(value=ast.Name(id=name)):
                yield from self._table(name)
            case ast.Attribute(attr=name):
                yield from self._table(name)

    def _table(self, name: str) -> Iterator[Verb]:
        for node in ast.walk(self.tree):
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AnnAssign)
                else []
            )
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                for leaf in ast.walk(node):
                    if isinstance(leaf, ast.Dict):
                        for each in leaf.values:
                            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                                yield Verb(each.value, f"{self.where}:{each.lineno}")
                if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
                    yield Verb(str(node.value.value), f"{self.where}:{node.lineno}")

    def _named(self, name: str, function: Function, depth: int) -> Iterator[Verb]:
        if depth > 3:
            return
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    for value in _given(target, node.value, name):
                        yield from self._of(value, function, depth)
        yield from self._table(name)
        names = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
        if name not in names:
            return
        position = names.index(name) - (1 if names[0] == "self" else 0)
        for caller in self.functions:
            for call in _calls(caller, function.name):
                yield from self._of(_argument(call, position, name), caller, depth + 1)


def _given(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    """Return what an assignment gives to a name, also as one of several."""
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for each, its_value in zip(target.elts, value.elts, strict=False):
            yield from _given(each, its_value, name)


def _calls(function: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == name:
                yield node


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[position] if len(call.args) > position else None
