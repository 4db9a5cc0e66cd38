"""Bytes: of numbers, of the key–value cache, of weights and Adam in training."""

from .. import arguments
from ._checks import flag
from ._models import tree_and_places, tree_within
from ._stacks import reads_source, sizes_of, source_tokens, stacks_of

# Bits of one number, and by format: for how many numbers there is a scale, and its bits.
NUMBER_FORMATS = {
    "fp32": 32, "fp16": 16, "bf16": 16, "fp8": 8, "int8": 8, "int4": 4, "mxfp8": 8, "mxfp4": 4, "nvfp4": 4, "nf4": 4, "int4-g128": 4,
}  # fmt: skip
SCALES = {"mxfp8": (32, 8), "mxfp4": (32, 8), "nvfp4": (16, 8), "nf4": (64, 32), "int4-g128": (128, 20)}


@arguments.named
def bytes_of(n, number_format):
    """Return the bytes of n numbers.

    fp32: IEEE single, 4 bytes. fp16: IEEE half, and bf16: the upper half of an fp32, 2 bytes.
    fp8 and int8: 1 byte; int4: two to a byte; their scales, one for a row or a whole matrix, are
    not included. Formats that have a scale for every few numbers include it: mxfp8 and mxfp4 8 bits
    for 32 numbers, nvfp4 8 bits for 16 (its one fp32 for a matrix is not included), nf4 32 bits for
    64 (not quantized in turn), int4-g128 a 16-bit scale and a 4-bit zero point for 128, as GPTQ and
    AWQ store it.

    Parameters
    ----------
    n : int
        At least 0.
    number_format : str
        One of NUMBER_FORMATS.

    Returns
    -------
    int
        Rounded up to whole scales and to a whole byte.

    References
    ----------
    mx: Open Compute Project 2023, "OCP Microscaling Formats (MX) Specification", v1.0, §5; nf4:
    Dettmers et al. 2023, "QLoRA", arXiv:2305.14314, §3; groups of 128: Frantar et al. 2022, "GPTQ",
    arXiv:2210.17323, §4.

    Examples
    --------
    >>> bytes_of(124_439_808, "bf16"), bytes_of(3, "int4"), bytes_of(64, "mxfp4")
    (248879616, 2, 34)
    """
    n = arguments.integer("n", n, least=0)
    bits = n * NUMBER_FORMATS[arguments.choice("number_format", number_format, NUMBER_FORMATS)]
    if number_format in SCALES:
        group, scale = SCALES[number_format]
        bits += -(-n // group) * scale
    return -(-bits // 8)


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
    number_format : str
        One of NUMBER_FORMATS, as for ``bytes_of``.
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
    of every source token; a recurrence or a convolution, its state, whatever the length; compressed keys,
    one for each full group of tokens, and what the next group needs; a layer that reads another's cache,
    nothing. Without a decoder there is nothing to keep.

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
    number_format : str
        One of NUMBER_FORMATS, as for ``bytes_of``.
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
    n_tokens = arguments.integer("n_tokens", n_tokens, least=0)
    tree = tree_within("n_tokens", n_tokens, model)
    batch = arguments.integer("batch", batch, least=1)
    source = source_tokens("n_source_tokens", n_source_tokens, n_tokens, least=0)
    kept = sum(times * cached.size * cached.tokens(n_tokens, source) for times, cached in tree.caches_inside())
    return bytes_of(batch * kept, number_format)


@arguments.named
def training_bytes(
    n_parameters, *, number_format="bf16", master_weights=None, gradients=None, moments="fp32", n_trained=None, zero_stage=0, n_cards=1
):
    """Return what training with Adam keeps for the parameters, in bytes, on each card.

    Weights in ``number_format``, a gradient for each in the same unless given otherwise, Adam's two
    moments, and, where weights are in 16 bits, an fp32 copy that takes the small steps. That makes 16
    bytes a parameter, mixed or fp32; 18 with fp32 gradients; 8 in plain bf16 as torch does it, with
    moments in bf16 and no copy; 10 with moments in 8 bits and the copy. Activations come on top:
    ``activation_bytes``.

    Parameters
    ----------
    n_parameters : int
        All that are there, for a mixture the total.
    number_format : {"fp32", "fp16", "bf16"}
    master_weights : bool, optional
        Whether the fp32 copy is kept; if not given, unless the weights are in fp32.
    gradients : {"fp32", "fp16", "bf16"}, optional
        As the weights if not given.
    moments : {"fp32", "bf16", "int8"}
        In 8 bits with an fp32 scale for every 256.
    n_trained : int, optional
        Where others stand still, as with LoRA (``lora_parameters``): gradients, moments and the copy are
        kept for these alone, and weights for them besides. All n_parameters if not given.
    zero_stage : {0, 1, 2, 3}
        What is split over the cards: nothing; moments and copy; gradients too; weights too.
    n_cards : int
        At least 1.

    Returns
    -------
    dict of str to int
        weights, gradients, moments, master_weights; of each, the largest share of a card.

    References
    ----------
    Rajbhandari et al. 2020, §3.1 and §5; the fp32 copy: Micikevicius et al. 2018; moments in 8 bits:
    Dettmers et al. 2021, "8-bit Optimizers via Block-wise Quantization", arXiv:2110.02861, §2.

    Examples
    --------
    >>> sum(training_bytes(1_000_000).values())
    16000000
    >>> sum(training_bytes(1_000_000, moments="bf16", master_weights=False).values())
    8000000
    >>> sum(training_bytes(1_000_000, zero_stage=3, n_cards=64).values())
    250000
    """
    sixteen = ("fp32", "fp16", "bf16")
    arguments.choice("number_format", number_format, sixteen)
    keeps = number_format != "fp32" if master_weights is None else master_weights
    flag("master_weights", keeps)
    gradients = number_format if gradients is None else arguments.choice("gradients", gradients, sixteen)
    arguments.choice("moments", moments, ("fp32", "bf16", "int8"))
    n_parameters = arguments.integer("n_parameters", n_parameters, least=0)
    added = 0 if n_trained is None else arguments.integer("n_trained", n_trained, least=0)
    trained = n_parameters if n_trained is None else added
    stage = arguments.integer("zero_stage", zero_stage, least=0)
    n_cards = arguments.integer("n_cards", n_cards, least=1)
    if stage > 3:
        arguments.refuse("zero_stage", "a whole number from 0 to 3", str(stage))
    scales = 4 * -(-trained // 256) if moments == "int8" else 0
    kept = {
        "weights": (bytes_of(n_parameters + added, number_format), 3),
        "gradients": (bytes_of(trained, gradients), 2),
        "moments": (2 * (bytes_of(trained, moments) + scales), 1),
        "master_weights": (bytes_of(trained, "fp32") if keeps else 0, 1),
    }
    return {name: -(-size // n_cards) if stage >= split else size for name, (size, split) in kept.items()}


@arguments.named
def lora_parameters(model, rank, *, matrices=("W_Q", "W_V")):
    """Return how many parameters LoRA trains: beside each matrix m × n, two of m × rank and rank × n.

    Parameters
    ----------
    model : TransformerConfig, Count or dict
        As for ``cache_bytes``.
    rank : int
        At least 1.
    matrices : tuple of str
        Names of matrices in the tree; each of an expert's nets has its own pair.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the model has no matrix of a name.

    References
    ----------
    Hu et al. 2021, "LoRA", arXiv:2106.09685, §4.1.

    Examples
    --------
    >>> lora_parameters({"model_type": "llama"}, 8)
    4194304
    """
    rank = arguments.integer("rank", rank, least=1)
    sides = {}
    for leaf in tree_and_places(model)[0].leaves():
        if leaf.array.kind == "matrix":
            sides[leaf.array.name] = sides.get(leaf.array.name, 0) + leaf.times * sum(leaf.array.shape)
    for name in matrices:
        if name not in sides:
            arguments.refuse("matrices", f"names of matrices such as {', '.join(sorted(sides)[:6])}", repr(name))
    return rank * sum(sides[name] for name in matrices)
