"""Bytes: of numbers, of the key–value cache, of weights and Adam in training, of activations kept."""

import math

from .. import arguments
from ._checks import flag
from ._stacks import reads_source, sizes_of, source_tokens, stacks_of
from .counting import count
from .hugging_face import Count, count_hf
from .shapes import shapes_through

# Bits of one number; the scales that integers need beside them are not counted.
NUMBER_FORMATS = {"fp32": 32, "fp16": 16, "bf16": 16, "int8": 8, "int4": 4}
RECOMPUTED = ("nothing", "attention", "layers")
_AROUND_LAYERS = ("token table", "embedding", "final norm", "scores of the words")


@arguments.named
def bytes_of(n, number_format):
    """Return the bytes of n numbers.

    fp32: IEEE single, 4 bytes. fp16: IEEE half, and bf16: the upper half of an fp32, 2 bytes.
    int8: 1 byte, int4: two to a byte; of these the scales that come with every row or group
    are not included: a 16-bit scale for every 32 numbers makes int4 an eighth larger, one for a
    whole row hardly anything.

    Parameters
    ----------
    n : int
        At least 0.
    number_format : {"fp32", "fp16", "bf16", "int8", "int4"}

    Returns
    -------
    int
        Rounded up to a whole byte.

    Examples
    --------
    >>> bytes_of(124_439_808, "bf16"), bytes_of(3, "int4")
    (248879616, 2)
    """
    n = arguments.integer("n", n, least=0)
    bits = NUMBER_FORMATS[arguments.choice("number_format", number_format, NUMBER_FORMATS)]
    return -(-n * bits // 8)


@arguments.named
def kv_cache_bytes(config, n_tokens, batch=1, number_format="fp16", *, n_source_tokens=None):
    """Return the bytes of the keys and values that a decoder keeps while it writes.

    Each decoder layer keeps H_kv·(d_k + d_v) numbers for every token so far, and as many for
    every source token where it has cross-attention. Without a decoder there is no cache.

    Windows and the end of a learned position table are not looked at. A layer with a sliding
    window keeps no more tokens than the window has. Where all layers have the same one, put in
    the smaller of the two lengths; where windowed and full layers alternate, add up the two
    kinds, each with its own number of layers and its own length (second example).

    Parameters
    ----------
    config : TransformerConfig
    n_tokens : int
        Tokens so far, of each sequence; at least 0.
    batch : int
        Sequences, at least 1.
    number_format : {"fp32", "fp16", "bf16", "int8", "int4"}
    n_source_tokens : int, optional
        Tokens that cross-attention reads; n_tokens if not given.

    Returns
    -------
    int

    Examples
    --------
    >>> llama = from_hf({"model_type": "llama"})
    >>> kv_cache_bytes(llama, 4096) / 2**30
    2.0

    Gemma 2 9B, where every second of 42 layers has a window of 4096:

    >>> half = {"model_type": "gemma2", "num_hidden_layers": 21, "hidden_size": 3584,
    ...     "num_attention_heads": 16, "num_key_value_heads": 8}
    >>> sum(kv_cache_bytes(from_hf(half), n) for n in (8192, 4096)) / 2**30
    1.96875
    """
    n_tokens = arguments.integer("n_tokens", n_tokens, least=0)
    batch = arguments.integer("batch", batch, least=1)
    source = source_tokens("n_source_tokens", n_source_tokens, n_tokens, least=0)
    n_layers = stacks_of(config).get("decoder", 0)
    s, kept = sizes_of(config, "decoder"), n_tokens + (reads_source(config, "decoder") and source)
    return bytes_of(n_layers * batch * kept * s.H_kv * (s.d_k + s.d_v), number_format)


@arguments.named
def cache_bytes(model, n_tokens, batch=1, number_format="fp16", *, n_source_tokens=None):
    """Return the bytes that a model keeps while it writes, by what each kind of its layers keeps.

    Full attention keeps keys and values of every token so far; a window or a chunk, of that many
    tokens at most; latent attention, the latent and the rotary key; cross-attention, keys and values
    of every source token; a recurrence or a convolution, its state, whatever the length; a layer that
    reads another's cache, nothing. Without a decoder there is nothing to keep.

    A window keeps as many tokens as it is wide: so does the reference's cache of a fixed size, while
    the one that grows lets go of one token more between two steps.

    Parameters
    ----------
    model : TransformerConfig, Count or dict
        A dict is a config.json, as for ``count_hf``.
    n_tokens : int
        Tokens so far, of each sequence; at least 0, and at most the places of a learned position table.
    batch : int
        Sequences, at least 1.
    number_format : {"fp32", "fp16", "bf16", "int8", "int4"}
        States are counted in it too, though programs often keep them in fp32.
    n_source_tokens : int, optional
        Tokens that cross-attention reads; n_tokens if not given.

    Returns
    -------
    int

    References
    ----------
    Windows: Beltagy et al. 2020, arXiv:2004.05150; the latent: DeepSeek-AI 2024, arXiv:2405.04434, §2.1.

    Examples
    --------
    Gemma 2 9B, where every second of 42 layers has a window of 4096, in GiB:

    >>> gemma = {"model_type": "gemma2", "num_hidden_layers": 42, "hidden_size": 3584,
    ...     "num_attention_heads": 16, "num_key_value_heads": 8}
    >>> cache_bytes(gemma, 8192) / 2**30
    1.96875
    """
    tree, places = _tree_and_places(model)
    n_tokens = arguments.integer("n_tokens", n_tokens, least=0)
    batch = arguments.integer("batch", batch, least=1)
    source = source_tokens("n_source_tokens", n_source_tokens, n_tokens, least=0)
    if places is not None and n_tokens > places:
        arguments.refuse("n_tokens", f"at most {places}, the places of the model's position table", str(n_tokens))
    kept = sum(times * cached.size * cached.tokens(n_tokens, source) for times, cached in tree.caches_inside())
    return bytes_of(batch * kept, number_format)


def _tree_and_places(model):
    """The model's tree, and how many places its learned position table has (None without one)."""
    if isinstance(model, dict):
        model = count_hf(model)
    if isinstance(model, Count):
        return model.tree, model.places
    return count(model), model.n_positions if model.positions == "learned" else None


@arguments.named
def training_bytes(n_parameters, *, number_format="bf16", master_weights=None):
    """Return what training with Adam keeps for every parameter, in bytes.

    Weights and gradients in ``number_format``, Adam's two moments in fp32, and, where
    weights are in 16 bits, an fp32 copy that takes the small steps. That makes 16 bytes a
    parameter, mixed or fp32. Activations come on top: ``activation_bytes``.

    Parameters
    ----------
    n_parameters : int
        All that are trained, for a mixture the total.
    number_format : {"fp32", "fp16", "bf16"}
    master_weights : bool, optional
        Whether the fp32 copy is kept; if not given, unless the weights are in fp32.

    Returns
    -------
    dict of str to int
        weights, gradients, moments, master_weights.

    References
    ----------
    Rajbhandari et al. 2020, §3.1; the fp32 copy: Micikevicius et al. 2018.

    Examples
    --------
    >>> sum(training_bytes(1_000_000).values())
    16000000
    """
    arguments.choice("number_format", number_format, ("fp32", "fp16", "bf16"))
    keeps = number_format != "fp32" if master_weights is None else master_weights
    flag("master_weights", keeps)
    once, single = bytes_of(n_parameters, number_format), bytes_of(n_parameters, "fp32")
    return {"weights": once, "gradients": once, "moments": 2 * single, "master_weights": single if keeps else 0}


@arguments.named
def activation_bytes(config, batch, n_tokens, number_format="bf16", *, n_source_tokens=None, recompute="attention"):
    """Return the bytes of the activations that training keeps for the backward pass.

    It is a model of a program: what is kept are the tensors that ``shapes_through`` lists, in
    every layer, each once. A real program keeps some more (the gate's branch, a second tensor
    for an activation function, masks of dropout, the gradient of the scores) and frees some.

    Parameters
    ----------
    config : TransformerConfig
    batch, n_tokens : int
        Sequences and tokens of each, at least 1.
    number_format : {"fp32", "fp16", "bf16"}
    n_source_tokens : int, optional
        Tokens of the encoder, n_tokens if not given.
    recompute : {"nothing", "attention", "layers"}
        What the backward pass computes again. "attention": the weights, (B, H, N, N) in each
        layer, so that what is kept grows with N and not with N². "layers": of each layer its
        output alone is kept, and the rest, without weights, of one layer at a time.

    Returns
    -------
    int
        Without the token numbers themselves.

    References
    ----------
    Dao et al. 2022; Chen et al. 2016.

    Examples
    --------
    >>> llama = from_hf({"model_type": "llama"})
    >>> for what in RECOMPUTED:
    ...     print(what, round(activation_bytes(llama, 1, 4096, recompute=what) / 2**30, 2))
    nothing 44.99
    attention 12.99
    layers 1.7
    """
    arguments.choice("number_format", number_format, ("fp32", "fp16", "bf16"))
    arguments.choice("recompute", recompute, RECOMPUTED)
    outside, weights, outputs = 0, 0, {}
    n_layers = stacks_of(config)
    layers = dict.fromkeys(n_layers, 0)
    for step in shapes_through(config, batch, n_tokens, n_source_tokens):
        size = bytes_of(math.prod(step.shape), number_format)
        if step.name == "attention weights":
            weights += step.times * size
        elif step.name in _AROUND_LAYERS:
            outside += size
        elif step.name != "tokens":
            layers[step.stack] += size
            outputs[step.stack] = size  # a layer's last step
    if recompute == "layers":
        outputs = sum(n * outputs[stack] for stack, n in n_layers.items())
        return outside + outputs + max(layers.values())
    kept = outside + sum(n * layers[stack] for stack, n in n_layers.items())
    return kept + weights if recompute == "nothing" else kept
