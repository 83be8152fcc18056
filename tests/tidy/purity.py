"""What a file that decides outcomes may not contain, found in its syntax tree.

The import contracts name what is forbidden; here stands what is allowed, so that a new module of Python's library is
not let in by silence. Both are wanted: this one sees a single file, the contracts see whole chains of imports.
"""

import ast
from collections.abc import Iterator

ALLOWED_EVERYWHERE = frozenset(
    [
        "__future__", "abc", "binascii", "bisect", "collections", "dataclasses", "enum", "functools", "hashlib", "hmac",
        "itertools", "operator", "re", "string", "struct", "types", "typing",
        "msgspec", "numpy", "sanad",
    ]
)  # fmt: skip
ALLOWED_IN_KERNEL = frozenset(["ctypes", "llvmlite", "numba"])
ALLOWED_IN_SIGNATURE_RULES = frozenset(["cryptography", "nacl"])

# Answers that differ between machines or runs, doors to the outside, and ways around this test.
FORBIDDEN_CALLS = frozenset(
    ["__import__", "breakpoint", "compile", "eval", "exec", "float", "globals", "hash", "id", "input", "open", "print"]
)
FLOAT_NAMES = frozenset(["float", "float16", "float32", "float64", "double", "true_divide", "divide", "inf", "nan"])


def findings(tree: ast.Module, room: str, module: str) -> list[str]:
    """All that is wrong in one file, as `line N: what`."""
    found = [*_imports(tree, room, module), *_constructs(tree), *_set_iteration(tree)]
    return [f"line {line}: {what}" for line, what in sorted(found)]


def _imports(tree: ast.Module, room: str, module: str) -> Iterator[tuple[int, str]]:
    allowed = ALLOWED_EVERYWHERE
    if room == "kernel":
        allowed |= ALLOWED_IN_KERNEL
    if module.startswith("signature"):
        allowed |= ALLOWED_IN_SIGNATURE_RULES
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.split(".")[0] not in allowed:
                yield node.lineno, f"import of {name}, which pure code may not use"


def _constructs(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                yield node.lineno, "a floating-point literal; amounts and rates are whole numbers"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node.lineno, "true division `/`; use `//` and name the rounding"
            case ast.Assert():
                yield node.lineno, "a bare `assert`; Python can drop it: call `ensure`"
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                yield node.lineno, f"a call of `{name}`"
            case ast.Attribute(attr=name) if name in FLOAT_NAMES:
                yield node.lineno, f"floating point: `.{name}`"
            case ast.Name(id="float"):
                yield node.lineno, "floating point: `float`"


def _set_iteration(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A set's order is chance. Found are sets that can be seen to be sets: displays, calls, names bound to them."""
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module)]
    seen: set[ast.expr] = set()
    for scope in scopes:
        names = _names_of_sets(scope)
        for node in ast.walk(scope):
            for iterated in _iterated(node):
                if _is_set(iterated, names) and iterated not in seen:
                    seen.add(iterated)
                    yield iterated.lineno, "iteration over a set, whose order is chance; use sorted(...) or a dict"


def _iterated(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated) | ast.YieldFrom(value=iterated):
            return [iterated]
        case ast.Starred(value=iterated):
            return [iterated]
        case ast.Call(func=ast.Name(id="list" | "tuple" | "enumerate" | "iter" | "zip" | "map" | "dict"), args=args):
            return list(args)
        case ast.Call(func=ast.Attribute(attr="join" | "extend" | "fromkeys"), args=args):
            return list(args)
        case _:
            return []


def _names_of_sets(scope: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_set(value, names):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if _is_set_type(annotation):
                names.add(name)
            case ast.arg(arg=name, annotation=annotation) if annotation and _is_set_type(annotation):
                names.add(name)
    return names


def _is_set(node: ast.expr, names: set[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Name(id=name):
            return name in names
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right):
            return _is_set(left, names) or _is_set(right, names)
        case _:
            return False


def _is_set_type(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Subscript(value=ast.Name(id=name)) | ast.Name(id=name):
            return name in ("set", "frozenset", "AbstractSet", "Set")
        case _:
            return False
