"""The explorers of the chapter on rotary positions; `lib.rope` computes."""

from .rope_extension import RopeExtension
from .rope_rotation import RopeRotation
from .rope_score import RopeScore

__all__ = ["RopeExtension", "RopeRotation", "RopeScore"]
