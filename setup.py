"""Which packages are installed: the files of `lib/` under the name `gates_to_rotations`, for other projects have a `lib` of their own.

An editable checkout offers its own name too, after every other `lib` that can be imported. The rest is in pyproject.toml.
"""

import sys

from setuptools import find_namespace_packages, setup

names = ["gates_to_rotations", "lib"] if "editable_wheel" in sys.argv else ["gates_to_rotations"]
inside = find_namespace_packages("lib", exclude=["*__pycache__"])  # also folders that hold scripts alone
setup(packages=[*names, *(f"{name}.{found}" for name in names for found in inside)], package_dir={name: "lib" for name in names})
