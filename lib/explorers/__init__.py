"""The explorers of the book, a folder for each chapter, a file and its twin for each explorer."""

import importlib
import pkgutil


def every():
    """All explorers, by name: every module of the chapters is imported, and each class has registered itself."""
    from ..widget.explorer import registered

    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return {name: found for name, found in registered.items() if found.__module__.startswith(f"{__name__}.")}
