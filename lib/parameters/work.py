"""The multiply-adds of a forward pass, for one token: every matrix on its way, and the keys that it meets."""

import math

from .. import arguments
from ._stacks import reads_source, sizes_of, source_tokens, stacks_of
from .counting import count


@arguments.named
def multiply_adds_per_token(config, n_tokens, n_source_tokens=None):
    """Return the multiply-adds of the forward pass, for one token.

    A token is multiplied by every matrix on its way, tied ones too, and by those of the
    experts that it passes: as many multiply-adds as the matrix has entries. Its queries
    meet n_tokens keys and gather as many values, H·(d_k + d_v) each, in every layer. That
    part grows with the length. One multiply-add is two operations (FLOPs); the backward pass
    takes twice the forward pass.

    Not in it: looking up tables, biases, norms, softmax and activations, which together are
    a small share; pooler and classifier, which work once a sequence.

    Parameters
    ----------
    config : TransformerConfig
    n_tokens : int
        Keys that the token meets in its own stack, at least 1: the whole sequence in an
        encoder, itself and what precedes it in a decoder.
    n_source_tokens : int, optional
        Tokens of the encoder, n_tokens if not given.

    Returns
    -------
    dict of str to int
        encoder_matrices and encoder_attention, for a token of the source;
        cross_keys_values, for a token of the source too: the decoder's W_K and W_V;
        decoder_matrices, decoder_attention and cross_attention, for a token of the target.

    Examples
    --------
    >>> gpt2 = from_hf({"model_type": "gpt2"})
    >>> work = multiply_adds_per_token(gpt2, 1024)
    >>> work["decoder_matrices"], work["decoder_attention"]
    (123532032, 18874368)
    """
    n_tokens = arguments.integer("n_tokens", n_tokens, least=1)
    source = source_tokens("n_source_tokens", n_source_tokens, n_tokens, least=1)
    tree, stacks = count(config), stacks_of(config)
    lengths = {"encoder": source, "decoder": n_tokens} if len(stacks) == 2 else {}
    work = dict.fromkeys(
        ["encoder_matrices", "encoder_attention", "cross_keys_values", "decoder_matrices", "decoder_attention", "cross_attention"], 0
    )
    for stack, n_layers in stacks.items():
        s = sizes_of(config, stack)
        for path, array, _, times in (tree[stack] if len(stacks) == 2 else tree).leaves():
            if array.kind != "matrix" or path[0] in ("pooler", "classifier"):
                continue
            crossing = path[-2:] in (("cross-attention", "W_K"), ("cross-attention", "W_V"))
            name = "cross_keys_values" if crossing else f"{stack}_matrices"
            work[name] += times * math.prod(array.shape)
        attends = n_layers * s.H * (s.d_k + s.d_v)
        work[f"{stack}_attention"] = attends * lengths.get(stack, n_tokens)
        if reads_source(config, stack):
            work["cross_attention"] = attends * source
    return work
