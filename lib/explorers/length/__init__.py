"""The explorers of the chapter on lengths beyond the trained one; `lib.transformer` computes with what was trained."""

from .frequency_surgery import FrequencySurgery
from .length_race import LengthRace
from .trained_attention import TrainedAttention

__all__ = ["FrequencySurgery", "LengthRace", "TrainedAttention"]
