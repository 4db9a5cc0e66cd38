"""The header of a ``.safetensors`` file, and the index of several: what is stored, which needn't be what the model has."""

import math

from .. import arguments
from .tree import Part

PACKED = ("I8", "U8", "I32", "U32")  # integers in which quantized numbers are packed


def is_index(found):
    """Whether an object is a model.safetensors.index.json: for each array, the name of the file that has it."""
    return isinstance(found.get("weight_map"), dict)


def indexed(index):
    """The tree of an index, a sentence on it, and bytes of a number, where its total is not given and they were assumed."""
    metadata = index.get("metadata")
    given = metadata if isinstance(metadata, dict) else {}
    for name in ("total_parameters", "total_size"):
        n = given.get(name)
        if isinstance(n, int | float) and not isinstance(n, bool) and n >= 0 and n % 1 == 0:
            break
    else:
        arguments.refuse("metadata.total_size", "a whole number", "something else")
    total = int(n) if name == "total_parameters" else int(n) // 2
    n_arrays, n_files = len(index["weight_map"]), len({str(file) for file in index["weight_map"].values()})
    said = f"an index of weights: {n_arrays:,d} arrays in {n_files:,d} files"
    assumed = {}
    if name == "total_size":
        said += f", {int(n):,d} bytes"
        assumed = {"bytes of a number": 2}
    return Part("files", (Part("elements", kind="other", axes=("elements",), shape=(total,)),)), said, assumed


def is_header(found):
    """Whether an object is such a header: arrays by name, each with its format, shape and place in the file."""
    arrays = [value for name, value in found.items() if name != "__metadata__"]
    return bool(arrays) and all(isinstance(array, dict) and {"dtype", "shape", "data_offsets"} <= set(array) for array in arrays)


def stored(header):
    """The tree of what is stored, an array for each format, and a sentence on it."""
    formats, n_arrays, n_bytes = {}, 0, 0
    for name, array in header.items():
        if name == "__metadata__":
            continue
        for field, length in (("shape", None), ("data_offsets", 2)):
            sizes = array[field]
            numbers = isinstance(sizes, list) and all(isinstance(n, int | float) and n >= 0 and n % 1 == 0 for n in sizes)
            if not numbers or length not in (None, len(sizes)):
                arguments.refuse(f"{name[:60]}.{field}", "a list of whole numbers" + (", two of them" if length else ""), "something else")
        begin, end = array["data_offsets"]
        n_arrays, n_bytes = n_arrays + 1, n_bytes + int(end - begin)
        dtype = str(array["dtype"])
        formats[dtype] = formats.get(dtype, 0) + math.prod(int(n) for n in array["shape"])
    parts = tuple(Part(dtype, kind="other", axes=("elements",), shape=(n,)) for dtype, n in sorted(formats.items()))
    total = sum(formats.values())
    said = f"a .safetensors file: {n_arrays:,d} arrays of {total:,d} elements in {n_bytes:,d} bytes"
    if total:
        said += f", {8 * n_bytes / total:.2f} bits an element"
    if any(dtype in PACKED for dtype in formats):
        said += "; whole numbers among them may each hold several quantized ones"
    return Part("file", parts), said
