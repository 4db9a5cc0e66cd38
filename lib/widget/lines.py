"""The lines behind the *Python* button: the source of an explorer's `compute`, with the imports that it needs.

So the computation stands once. What a reader copies is what the frame calls, and a test runs it.
"""

import ast
import inspect
import textwrap

PLAIN = (bool, int, float, str)


def lines_of(explorer):
    """A template of Python lines: imports, a line for each control that is used, the body of `compute` but its return."""
    source = textwrap.dedent(inspect.getsource(explorer.compute))
    [function] = ast.parse(source).body
    body = [node for node in function.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if not isinstance(body[-1], ast.Return) or sum(isinstance(node, ast.Return) for node in body) > 1:
        raise ValueError(f"{explorer.name}: compute: expected one return, as its last statement")
    text = "\n".join(source.splitlines()[body[0].lineno - 1 : body[-2].end_lineno])
    used = {node.id for part in body[:-1] for node in ast.walk(part) if isinstance(node, ast.Name)}
    set_here = {node.id for part in body for node in ast.walk(part) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    outside = inspect.unwrap(explorer.compute).__globals__
    head = [_import(name, outside) for name in sorted(used - set_here) if name in outside]
    controls = [f"{name} = {{{name}}}" for name in explorer.controls if name in used]
    constants = [line for line in head if " = " in line]
    parts = [sorted(set(head) - set(constants), key=_order), constants + controls]
    escaped = textwrap.dedent(text).replace("{", "{{").replace("}", "}}")
    return "\n".join(["\n".join([*parts[0], "", *parts[1]]).replace("\n\n\n", "\n\n"), escaped]).strip()


def _import(name, outside):
    """The line that gives a name of the module its meaning."""
    value = outside[name]
    if inspect.ismodule(value):
        package, _, leaf = value.__name__.rpartition(".")
        line = f"from {package} import {leaf}" if package else f"import {leaf}"
        return line if leaf == name else f"{line} as {name}"
    if isinstance(value, PLAIN) or (isinstance(value, tuple) and all(isinstance(item, PLAIN) for item in value)):
        return f"{name} = {value!r}"
    home = value.__module__ if callable(value) and getattr(value, "__name__", None) == name else outside["__name__"]
    return f"from {home} import {name}"


def _order(line):
    return line.startswith("from"), line


