"""The explorers of the chapter on attention; `lib.attention` computes."""

from .head_sum import HeadSum
from .identity_attention import IdentityAttention, arrange
from .score_variance import LAWS, SAMPLES, WIDTHS, ScoreVariance, noise

__all__ = ["LAWS", "SAMPLES", "WIDTHS", "HeadSum", "IdentityAttention", "ScoreVariance", "arrange", "noise"]
