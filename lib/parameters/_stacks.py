"""The stacks of a config and the sizes of their layers, for all that is computed from a config."""

from typing import NamedTuple

from .. import arguments
from .config import TransformerConfig


class Sizes(NamedTuple):
    """The sizes of one stack's layers."""

    H: int
    H_kv: int
    d_k: int
    d_v: int
    d_ff: int


def sizes_of(config, stack):
    c, decoder = config, stack == "decoder"
    n_heads = (decoder and c.n_decoder_heads) or c.n_heads
    d_k = c.d_k or c.d_model // n_heads
    d_ff = (decoder and c.d_decoder_ff) or c.d_ff
    return Sizes(n_heads, c.n_kv_heads or n_heads, d_k, c.d_v or d_k, d_ff)


def stacks_of(config):
    """The stacks that are there, with their numbers of layers."""
    if not isinstance(config, TransformerConfig):
        came = f"a value of type {type(config).__name__}"
        arguments.refuse("config", "a TransformerConfig", came)
    layers = {"encoder": config.n_encoder_layers, "decoder": config.n_decoder_layers}
    return {stack: n for stack, n in layers.items() if n}


def reads_source(config, stack):
    """Whether the stack's layers have cross-attention."""
    both = len(stacks_of(config)) == 2
    wanted = both if config.cross_attention is None else config.cross_attention
    return stack == "decoder" and wanted


def is_narrow(c):
    """Whether the tables are narrower than the model, or wider."""
    return c.d_embedding not in (None, c.d_model)


def source_tokens(name, value, otherwise, *, least):
    """A source's length, which may be left out."""
    return otherwise if value is None else arguments.integer(name, value, least=least)
