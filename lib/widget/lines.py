"""The lines behind the *Python* button: the source of an explorer's `compute`, with the imports that it needs.

So the computation stands once. What a reader copies is what the frame calls, and a test runs it.
"""

import ast
import inspect
import textwrap

PLAIN = (bool, int, float, str)


def lines_of(explorer):
    """A template of Python lines: imports, constants, a line for each control that is used, and the body of `compute` but its return."""
    source = textwrap.dedent(inspect.getsource(explorer.compute))
    [function] = ast.parse(source).body
    body = [node for node in function.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    outer = [node for node in body if not isinstance(node, ast.FunctionDef)]  # a function inside returns as it likes
    returns = [node for part in outer for node in ast.walk(part) if isinstance(node, ast.Return)]
    if len(body) < 2 or body[-1:] != returns:
        raise ValueError(f"{explorer.name}: compute: expected lines that end in their only return, got {len(returns)} of them")
    lines, first = source.splitlines(), body[0].lineno - 1
    while lines[first - 1].lstrip().startswith("#"):
        first -= 1
    text = textwrap.dedent("\n".join(lines[first : body[-2].end_lineno]))
    names = [node for part in body[:-1] for node in ast.walk(part) if isinstance(node, ast.Name)]
    used = {node.id for node in names} - {node.id for node in names if isinstance(node.ctx, ast.Store)}
    outside = inspect.unwrap(explorer.compute).__globals__
    given = {name: outside[name] for name in sorted(used & set(outside))}
    constants = [f"{name} = {_source(name, value, outside)}" for name, value in given.items() if _is_plain(value)]
    # A control that the lines change is set before.
    controls = [f"{name} = {{{name}}}" for name in explorer.controls if name in {node.id for node in names}]
    imports = _imports({name: value for name, value in given.items() if not _is_plain(value)}, outside["__name__"])
    escaped = "\n".join([*imports, "", *constants, "CONTROLS", text]).strip().replace("{", "{{").replace("}", "}}")
    return escaped.replace("CONTROLS", "\n".join(controls))


def _is_plain(value):
    return isinstance(value, PLAIN) or (isinstance(value, tuple) and all(isinstance(item, PLAIN) for item in value))


def _source(name, value, outside):
    """A constant as its module writes it, 2**30 and not 1073741824."""
    with open(outside["__file__"], encoding="utf-8") as file:
        text = file.read()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return ast.get_source_segment(text, node.value)
    return repr(value)


def _imports(given, module):
    """The lines that give names their meaning: modules, and what modules hold, one line for each of these."""
    modules, held = [], {}
    for name, value in given.items():
        if inspect.ismodule(value):
            package, _, leaf = value.__name__.rpartition(".")
            line = f"from {package} import {leaf}" if package else f"import {leaf}"
            modules.append(line if leaf == name else f"{line} as {name}")
        else:
            home = value.__module__ if callable(value) and getattr(value, "__name__", None) == name else module
            held.setdefault(home, []).append(name)
    return sorted(modules, key=lambda line: (line.startswith("from"), line)) + [
        f"from {home} import {', '.join(names)}" for home, names in held.items()
    ]
