"""A ``config.json`` read by the rules of its family, into the names in which the family's blocks are written."""

from .. import arguments
from ._checks import as_json, flag, whole_number
from ._expressions import Scope, evaluate
from ._family import families, family_named

LARGEST_FIELD = 10**8  # of a config.json: four times as much is still a size


def family_of(config_json, path=""):
    if not isinstance(config_json, dict):
        arguments.refuse("config_json", "a JSON object", as_json(config_json))
    known, name = families(), config_json.get("model_type")
    name = known["types"].get(name, name) if isinstance(name, str) else name
    if not isinstance(name, str) or name not in known["families"]:
        came = as_json(name) if "model_type" in config_json else "nothing"
        expected = f"one of {len(known['families'])} types, such as bert, gpt2 or llama"
        arguments.refuse(path + "model_type", expected, came)
    return family_named(name)


def class_and_what_it_adds(config_json, family):
    """The class's name and what it adds to the family."""
    named, classes = config_json.get("architectures"), family["classes"]
    if named is None or named == []:
        named = list(classes)
    if not isinstance(named, list) or not isinstance(named[0], str):
        arguments.refuse("architectures", "a list of names of classes", as_json(named))
    name = families()["renamed"].get(named[0], named[0])
    if name not in classes:
        arguments.refuse("architectures", f"one of {', '.join(classes)}", as_json(named[0]))
    return name, heads_of(classes[name])


def heads_of(adds):
    """What a class adds, or the entry of heads that it names."""
    return families()["heads"][adds] if isinstance(adds, str) else adds


def scope_of(config_json, family, adds=(), path=""):
    """The names of a family with the values of a file, which is held to what the family needs."""
    given, absent, named = _read(config_json, family, path)
    for name, spec in family["nested"].items():
        given[name] = _nested(config_json.get(spec["field"]), spec, path + spec["field"])

    def scope():
        return Scope(given, family["is"] | dict(adds) | absent, family=family)

    held = scope()
    for holds, field, expected in family["needs"]:
        if not evaluate(holds, held):
            default = ", its default" if config_json.get(named[field]) is None else ""
            arguments.refuse(path + named[field], expected.format_map(held), as_json(held[field]) + default)
    read = scope()
    # Sizes that the file doesn't give; those among them that matter are asked for.
    read.defaults = {name: path + name for name, e in absent.items() if isinstance(e, int) and not isinstance(e, bool) and e}
    return read


def _nested(config_json, spec, path):
    """The names of a part of the file that has a family of its own."""
    config_json = {} if config_json is None else config_json
    if not isinstance(config_json, dict):
        arguments.refuse(path, "a JSON object", as_json(config_json))
    family = family_of({"model_type": spec["family"]} | config_json, path + ".")
    adds = family["classes"][family["prefix"] + spec["class"]]
    return scope_of(config_json, family, heads_of(adds), path + ".")


def assumed_in(scope):
    """The sizes that were asked for and that the file did not give, with the values taken."""
    found = {path: scope.values[name] for name, path in scope.defaults.items() if name in scope.values}
    for value in scope.values.values():
        if isinstance(value, Scope):
            found |= assumed_in(value)
    return found


def _read(config_json, family, path):
    """The values of the fields that a file gives, the expressions for the others, and each one's name in the file."""
    came = {name for name, value in config_json.items() if value is not None}
    alias = {field: other for other, field in family["alias"].items() if other in came}
    given, absent, named = {}, {}, {}
    for field, spec in family["reads"].items():
        spec = _spec(spec)
        name, entries = alias.get(field, field), spec.get("entries")
        value = config_json.get(name)
        if value is not None:
            given[field] = _given(path + name, value, spec["kind"])
        elif name in config_json and spec["kind"] == "flag":
            given[field] = False
        elif name in config_json and "null" in spec:
            absent[field] = spec["null"]
        elif name in config_json and spec["kind"] == "whole" and not isinstance(spec["default"], str | list):
            _given(path + name, None, "whole")  # refuses it
        elif entries in came:
            if not isinstance(config_json[entries], dict):
                arguments.refuse(path + entries, "a JSON object", as_json(config_json[entries]))
            given[field] = whole_number(path + name, len(config_json[entries]), 1, LARGEST_FIELD)
        else:
            absent[field] = spec["default"]
        named[field] = name
    return given, absent, named


def _spec(short):
    """What is said of a field, in full."""
    if isinstance(short, dict):
        return {"kind": "whole"} | short
    kind = "flag" if isinstance(short, bool) else "count" if short == 0 else "whole"
    return {"kind": kind, "default": short}


_KINDS = {"text": (str, "a text"), "list": (list, "a list"), "object": (dict, "a JSON object"), "number": (int | float, "a number")}


def _given(name, value, kind):
    """The value that a file gives."""
    if kind == "flag":
        flag(name, value)
    elif kind in ("whole", "count"):
        whole = isinstance(value, float) and value.is_integer()
        value = whole_number(name, int(value) if whole else value, int(kind == "whole"), LARGEST_FIELD)
    elif not isinstance(value, _KINDS[kind][0]) or isinstance(value, bool):
        arguments.refuse(name, _KINDS[kind][1], as_json(value))
    return value
