"""The explorers of the chapter on positional encodings; `lib.positional` computes."""

from .relative_bias import RelativeBias
from .shift_kernel import ShiftKernel
from .sinusoidal_encoding import SinusoidalEncoding

__all__ = ["RelativeBias", "ShiftKernel", "SinusoidalEncoding"]
