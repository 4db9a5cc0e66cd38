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
    if name in (None, "llama", "mistral", "mixtral") and {"dim", "n_layers", "n_heads"} <= set(config_json):
        name = "params.json"
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
        given[name] = _nested(config_json, spec, path)

    def scope():
        return Scope(given, family["is"] | dict(adds) | absent, family=family)

    held = scope()
    for holds, field, expected in family["needs"]:
        if not evaluate(holds, held):
            default = ", its default" if config_json.get(named[field]) is None else ""
            arguments.refuse(path + named[field], expected.format_map(held), as_json(held[field]) + default)
    read = scope()
    # Sizes that the file doesn't give; those among them that matter are asked for.
    read.defaults = {
        name: path + name for name, e in absent.items() if _spec(family["reads"][name])["kind"] in ("whole", "count") and _is_size(e)
    }
    return read


def _is_size(expression):
    return isinstance(expression, int) and not isinstance(expression, bool) and expression > 0


def _nested(config_json, spec, path):
    """The names of a part of the file that has a family of its own."""
    part, absent = config_json.get(spec["field"]), {}
    if part is None and spec.get("flat"):
        part = config_json | {"model_type": spec["family"]}
    else:
        path += spec["field"] + "."
        if part is None:
            part = absent = spec.get("absent", {})
    if not isinstance(part, dict):
        arguments.refuse(path[:-1], "a JSON object", as_json(part))
    own = {"model_type": spec["family"]}
    part = part | own if spec.get("always") else own | part
    family = family_of(part, path)
    scope = scope_of(part, family, heads_of(_bare(family, spec.get("class"))), path)
    scope.defaults |= {name: path + name for name in absent}
    return scope


def _bare(family, suffix):
    """What the class that a nested part is made of adds: the one of this name, or the model without a head."""
    return family["classes"][family["prefix"] + suffix if suffix else bare_class(family)]


def bare_class(family):
    """The name of the class without a head."""
    classes, usual = family["classes"], family["prefix"] + "Model"
    return usual if usual in classes else next((name for name, adds in classes.items() if adds == "bare"), next(iter(classes)))


def assumed_in(scope):
    """The sizes that were asked for and that the file did not give, with the values taken."""
    inside = scopes_in(scope)
    return {path: each.values[name] for each in inside for name, path in each.defaults.items() if name in each.values}


def scopes_in(scope):
    """The scope of a file, and those of its parts that have a family of their own."""
    nested = [scope.values[name] for name in scope.family["nested"]]
    return [scope, *(inside for each in nested for inside in scopes_in(each))]


def _read(config_json, family, path):
    """The values of the fields that a file gives, the expressions for the others, and each one's name in the file."""
    came = {name for name, value in config_json.items() if value is not None}
    alias = {field: other for other, field in family["alias"].items() if other in came}
    given, absent, named = {}, {}, {}
    for field, spec in family["reads"].items():
        spec = _spec(spec)
        name, entries = alias.get(field, field), spec.get("entries")
        value = config_json.get(name)
        if value is not None and value == spec.get("absent"):  # what stands for "not given", such as "auto"
            absent[field] = spec["default"]
        elif value is not None:
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


_KINDS = {
    "text": (str, "a text"),
    "list": (list, "a list"),
    "words": (str | list, "a text or a list"),
    "layers": (int | float | list, "a number or a list"),
    "object": (dict, "a JSON object"),
    "number": (int | float, "a number"),
}


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
