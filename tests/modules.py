"""The mathematics' modules as the tests walk them: one file each, or a package of several."""

import doctest
import importlib
import inspect
import pkgutil


def files(package):
    """The files of a package as modules, `__init__` aside."""
    return [importlib.import_module(f"{package.__name__}.{each.name}") for each in pkgutil.iter_modules(package.__path__)]


def private(file):
    return file.__name__.rpartition(".")[2].startswith("_")


def own(module):
    """Public functions and classes by name: those written in the module, or in a file of the package."""
    members = inspect.getmembers(module, lambda m: inspect.isfunction(m) or inspect.isclass(m))
    home = module.__name__ + "."
    return {name: m for name, m in members if not name.startswith("_") and (m.__module__ + ".").startswith(home)}


def hold_examples(package):
    """Run the examples of every file's docstrings, which may use all that the package offers."""
    for file in files(package):
        result = doctest.testmod(file, extraglobs=own(package))
        assert result.failed == 0 and (result.attempted or private(file)), (file.__name__, result)
