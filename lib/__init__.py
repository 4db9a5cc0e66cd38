"""The mathematics of the book: one NumPy module or package a chapter, and the explorers that show it.

A checkout has it as `lib`; installed, the same files are `gates_to_rotations`. A process has one of the two, for
each would bring classes and explorers of its own.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (a checkout can be opened with any)
    raise ImportError(
        "expected Python 3.11 or newer, got " + sys.version.split()[0] + ": choose another kernel, or install a newer Python."
    )

BOOK = "From Gates to Rotations"
_other = "lib" if __name__ == "gates_to_rotations" else "gates_to_rotations"
if getattr(sys.modules.get(_other), "BOOK", None) == BOOK:
    raise ImportError(
        f"{__name__}: expected one name of this book's package in a process, but {_other}, the same files, is imported already. "
        f"Write {_other} here too, or restart the kernel."
    )
