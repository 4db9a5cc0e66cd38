"""The mathematics of the book: one NumPy module or package a chapter, and the explorers that show it.

A checkout has it as `lib`; installed, the same files are `gates_to_rotations`. A process has one of the two, for
each would bring classes and explorers of its own.
"""

import sys

BOOK = "From Gates to Rotations"
_other = "lib" if __name__ == "gates_to_rotations" else "gates_to_rotations"
if getattr(sys.modules.get(_other), "BOOK", None) == BOOK:
    raise ImportError(
        f"{__name__}: expected one name of this book's package in a process, but {_other}, the same files, is imported already. "
        f"Write {_other} here too, or restart the kernel."
    )
