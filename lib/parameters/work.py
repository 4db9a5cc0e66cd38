"""The multiply-adds of a forward pass, for one token: every matrix on its way, and the keys that it meets."""

import math

from .. import arguments
from ._models import tree_and_places
from ._stacks import source_tokens
from .tree import Amount

_NAMES = ("encoder_matrices", "encoder_attention", "cross_keys_values", "decoder_matrices", "decoder_attention", "cross_attention")


@arguments.named
def multiply_adds_per_token(model, n_tokens, n_source_tokens=None):
    """Return the multiply-adds of the forward pass, for one token.

    A token is multiplied by every matrix on its way, tied ones too, and by those of the
    experts that it passes: as many multiply-adds as the matrix has entries. In a layer with
    attention its queries meet n_tokens keys and gather as many values, H·(d_k + d_v) each. That
    part grows with the length. One multiply-add is two operations (FLOPs); the backward pass
    takes twice the forward pass.

    What a token meets depends on the kind of layer. A window or a chunk: as many keys as it is
    wide, at most. Latent attention: keys and values of every head, as they are after W_K_up and
    W_V_up, so H·(d_n + d_r) and H·d_v. With an index: the index's own keys, all of them, and as
    many keys as it chooses. A layer that reads another's cache: that one's keys. A recurrence: one
    step, whatever the length. With a state of size S that is 2·S for Mamba, Mamba 2 and lightning
    attention (an outer product is added, a vector is read out) and 3·S for a delta-net, which reads
    first what it corrects; of RWKV's numerators and denominators, one each for both. A convolution
    over tokens: its kernel's entries, which are among the matrices.

    Not in it: looking up tables, biases, norms, softmax with its sinks, activations, gates and a
    state's decay, which together are a small share; what works once a sequence or an image, which
    are pooler, classifier, vision and audio towers and their projectors; the convolutions that turn
    sound into tokens.

    Parameters
    ----------
    model : TransformerConfig, Count or dict
        As for ``cache_bytes``.
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
        What a recurrence takes counts as attention. Where nothing is written there is an encoder
        alone; two of them, as in CLIP, take a token each.

    Raises
    ------
    ValueError
        If the model is a file of weights, which doesn't say what a token meets.

    References
    ----------
    Mamba: Gu and Dao 2023, arXiv:2312.00752, §3; Mamba 2: Dao and Gu 2024, arXiv:2405.21060; the
    delta-net: Yang et al. 2024, arXiv:2412.06464, §3; RWKV: Peng et al. 2023, arXiv:2305.13048, §3.

    Examples
    --------
    >>> gpt2 = from_hf({"model_type": "gpt2"})
    >>> work = multiply_adds_per_token(gpt2, 1024)
    >>> work["decoder_matrices"], work["decoder_attention"]
    (123532032, 18874368)

    Mistral 7B's window of 4096:

    >>> [multiply_adds_per_token({"model_type": "mistral"}, n)["decoder_attention"] for n in (1024, 4096, 32768)]
    [268435456, 1073741824, 1073741824]
    """
    tree = tree_and_places(model)[0]
    n_tokens = arguments.integer("n_tokens", n_tokens, least=1)
    source = source_tokens("n_source_tokens", n_source_tokens, n_tokens, least=1)
    both = [part for part in tree.parts if part.name in ("encoder", "decoder")]
    stacks = both or [tree]
    if not any(True for stack in stacks for _ in stack.on_the_way()):
        arguments.refuse("model", "one whose matrices are known (a file of weights says how many numbers there are)", repr(tree.name))
    work = dict.fromkeys(_NAMES, 0)
    for stack in stacks:
        name = stack.name if both else "decoder" if any(tree.caches_inside()) else "encoder"
        length = source if both and name == "encoder" else n_tokens
        for path, passes, met in stack.on_the_way():
            if isinstance(met, Amount):
                crosses = "cross_attention" if met.length == "source" else f"{name}_attention"
                work[crosses] += passes * met.size * met.tokens(length, source)
            else:
                crosses = path[-2:] in (("cross-attention", "W_K"), ("cross-attention", "W_V"))
                work["cross_keys_values" if crosses else f"{name}_matrices"] += passes * math.prod(met.shape)
    return work
