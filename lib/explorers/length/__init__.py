"""The explorers of the chapter on lengths beyond the trained one; `lib.transformer` computes with what was trained."""

from .trained_attention import TrainedAttention

__all__ = ["TrainedAttention"]
