"""The explorers of the chapter on order; `lib.equivariance` and `lib.attention` compute."""

from .attention_matrix import AttentionMatrix
from .permutation_lab import PermutationLab

__all__ = ["AttentionMatrix", "PermutationLab"]
