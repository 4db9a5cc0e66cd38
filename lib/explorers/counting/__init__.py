"""The explorers of the chapter on counting a transformer; `lib.parameters` computes."""

from .memory_meter import MemoryMeter
from .parameter_counter import ParameterCounter
from .shape_trace import ShapeTrace

__all__ = ["MemoryMeter", "ParameterCounter", "ShapeTrace"]
