"""Activations that training keeps for the backward pass, by what each operation keeps."""

from .. import arguments
from ._checks import flag
from ._stacks import is_narrow, reads_source, sizes_of, source_tokens, stacks_of
from .memory import bytes_of

RECOMPUTED = ("nothing", "attention", "layers")
_FP32 = 4  # bytes
_TERMS = (
    "embedding", "layer inputs", "norms", "sub-layer inputs", "queries, keys, values", "attention weights", "attention outputs",
    "feed-forward", "experts", "output layer", "loss",
)  # fmt: skip


@arguments.named
def activation_terms(config, batch, n_tokens, number_format="bf16", *, n_source_tokens=None, recompute="attention", fp32_softmax=True):
    """Return the bytes of the activations that training keeps for the backward pass, by term.

    An operation keeps what its own gradient needs, and a tensor that several need is there once:

    - a matrix keeps its input; a sum, a scale, a lookup, a rotation by position keep nothing;
    - LayerNorm keeps its input, and of each token mean and spread in fp32; RMSNorm, written in single
      steps, its input in fp32, that input over its size, and of each token the size in fp32;
    - the scores keep queries and keys, the weighted sum the weights and the values; softmax keeps its
      result, which in 16 bits is there in fp32 and, rounded, once more;
    - GELU and SiLU keep their input, the product with a gate both factors;
    - a router keeps its probabilities in fp32, those chosen and their sum; an expert, of each of its
      tokens, the row that comes in, the row that goes out, and by what it is weighted;
    - the loss keeps the logarithm of each word's probability, in fp32, and the number of tokens.

    The program is PyTorch with the models of Hugging Face transformers, all weights in number_format, no
    dropout. Programs differ:

    - Dropout keeps a mask, a byte a number, and of the weights its result too.
    - ReLU keeps its result alone, which the next matrix keeps anyway. A GELU written in Python keeps
      four tensors for one. A fused RMSNorm keeps its input as it is, and no second tensor.
    - In 16 bits BERT, BART and T5 don't go to fp32 for the loss; Gemma, OLMo and T5 keep more for their norms.
    - Where queries, keys and values come of one matrix and are then rotated, as in GPT-NeoX, the kernel
      that keeps no weights keeps with the values all that the matrix gave. Where each head is rotated in
      part, as in Phi, it keeps what it makes twice.
    - Korthikanti et al. count 34·B·N·D + 5·B·H·N² bytes a layer in 16 bits: of these 2·B·N·D + 3·B·H·N²
      are dropout's. The other 32·B·N·D are ours, the statistics left out.

    Parameters
    ----------
    config : TransformerConfig
        Not counted: pooler and classifier, which read one token of a sequence; masks and tables of
        rotary angles, which all layers share.
    batch, n_tokens : int
        Sequences and tokens of each, at least 1.
    number_format : {"fp32", "fp16", "bf16"}
    n_source_tokens : int, optional
        Tokens of the encoder, n_tokens if not given.
    recompute : {"nothing", "attention", "layers"}
        What the backward pass computes again. "nothing": keys and values that heads share are copied
        for each. "attention": the weights, (B, H, N, N) in each layer, from queries, keys and the
        logarithm of each softmax's sum in fp32, so that what is kept grows with N and not with N².
        "layers": of each layer its input alone is kept, and the rest, without weights, of one layer
        at a time, the largest. It is added to the loss, which in truth is done with by then.
    fp32_softmax : bool
        Whether softmax is computed in fp32 where numbers have 16 bits, as most models do; GPT-2, BERT,
        BART and T5 don't, and keep its result once.

    Returns
    -------
    dict of str to int
        embedding, layer inputs (of layers that will be run again), norms, sub-layer inputs,
        "queries, keys, values", attention weights, attention outputs, feed-forward, experts, output
        layer, loss. A layer's input that isn't among the layer inputs is in the term that reads it.

    References
    ----------
    Korthikanti et al. 2022, "Reducing Activation Recomputation in Large Transformer Models",
    arXiv:2205.05198, §4; Dao et al. 2022; Chen et al. 2016.

    Examples
    --------
    >>> llama = from_hf({"model_type": "llama"})
    >>> for term, size in activation_terms(llama, 1, 4096).items():
    ...     print(f"{term}: {size / 2**30:.2f} GiB")
    embedding: 0.00 GiB
    layer inputs: 0.00 GiB
    norms: 6.09 GiB
    sub-layer inputs: 2.00 GiB
    queries, keys, values: 3.00 GiB
    attention weights: 0.00 GiB
    attention outputs: 1.02 GiB
    feed-forward: 10.75 GiB
    experts: 0.00 GiB
    output layer: 0.03 GiB
    loss: 0.49 GiB
    """
    B = arguments.integer("batch", batch, least=1)
    n_tokens = arguments.integer("n_tokens", n_tokens, least=1)
    source = source_tokens("n_source_tokens", n_source_tokens, n_tokens, least=1)
    number = bytes_of(1, arguments.choice("number_format", number_format, ("fp32", "fp16", "bf16")))
    arguments.choice("recompute", recompute, RECOMPUTED)
    flag("fp32_softmax", fp32_softmax)
    weight = _FP32 + number if fp32_softmax and number != _FP32 else number
    c, stacks, terms, layers = config, stacks_of(config), dict.fromkeys(_TERMS, 0), []
    for stack, n_layers in stacks.items():
        read_across = stack == "encoder" and len(stacks) == 2
        N = source if read_across else n_tokens
        wide, narrow = B * N * c.d_model * number, is_narrow(c) * B * N * (c.d_embedding or 0) * number
        terms["embedding"] += narrow + c.embedding_norm * _norm(c, number, B * N, c.d_model)
        terms["norms"] += c.final_norm * _norm(c, number, B * N, c.d_model)
        terms["sub-layer inputs" if read_across else "output layer"] += wide + narrow
        layers.append((n_layers, _layer(c, stack, number, B, N, source, recompute == "nothing" and weight), wide))
    if reads_source(c, "decoder") and len(stacks) == 1:
        terms["sub-layer inputs"] += B * source * c.d_model * number
    if c.output != "none":
        width = c.d_embedding or c.d_model
        if c.transform_output:
            terms["norms"] += _norm(c, number, B * n_tokens, width)
            terms["output layer"] += 2 * B * n_tokens * width * number
        terms["loss"] = (B * n_tokens * c.vocab_size + 1) * _FP32
    if recompute == "layers":
        terms["layer inputs"] = sum(n_layers * wide for n_layers, _, wide in layers)
        _, again, wide = max(layers, key=lambda layer: sum(layer[1].values()))
        layers = [(1, again, wide)]
        if c.norm != "rmsnorm" or number == _FP32 or not c.final_norm:
            terms["layer inputs"] -= wide  # what reads it first keeps that very tensor, not an fp32 copy
    for n_layers, kept, _ in layers:
        for term, size in kept.items():
            terms[term] += n_layers * size
    return terms


def _norm(c, number, rows, width):
    """What a norm keeps of rows of that width."""
    return rows * (width * (_FP32 + number) + _FP32 if c.norm == "rmsnorm" else width * number + 2 * _FP32)


def _layer(c, stack, number, B, N, source, weight):
    """What one layer keeps, its input included, by term; of each attention weight so many bytes, perhaps none."""
    s, kept, crosses = sizes_of(c, stack), dict.fromkeys(_TERMS, 0), reads_source(c, stack)
    for keys in (N, source) if crosses else (N,):
        heads = s.H if weight else s.H_kv
        kept["queries, keys, values"] += B * (N * s.H * s.d_k + keys * heads * (s.d_k + s.d_v)) * number
        kept["attention weights"] += B * s.H * N * keys * weight
        kept["attention outputs"] += B * N * s.H * (s.d_v * number + (not weight) * _FP32)
        for n, heads in ((N, s.H), (keys, s.H_kv)) if c.qk_norm != "none" else ():
            rows, width = (n * heads, s.d_k) if c.qk_norm == "head" else (n, heads * s.d_k)
            kept["norms"] += _norm(c, number, B * rows, width)
    before = min(c.norms_per_layer, 2) + crosses  # norms at a sub-layer's beginning; of four, two are at an end
    n_norms = 2 * before if c.norms_per_layer == 4 else before
    kept["norms"] += n_norms * _norm(c, number, B * N, c.d_model)
    kept["sub-layer inputs"] = before * B * N * c.d_model * number
    passed = B * N * (c.n_active_experts or 1)
    kept["feed-forward"] = passed * (4 if c.gated else 2) * s.d_ff * number
    if c.n_experts:
        kept["experts"] = B * N * (c.n_experts + 1) * _FP32 + 2 * passed * (c.d_model * number + _FP32)
    return kept


@arguments.named
def activation_bytes(config, batch, n_tokens, number_format="bf16", *, n_source_tokens=None, recompute="attention", fp32_softmax=True):
    """Return the bytes of the activations that training keeps for the backward pass: the sum of ``activation_terms``.

    Parameters
    ----------
    config, batch, n_tokens, number_format, n_source_tokens, recompute, fp32_softmax
        As there.

    Returns
    -------
    int
        Without the token numbers themselves.

    References
    ----------
    Korthikanti et al. 2022; Dao et al. 2022; Chen et al. 2016.

    Examples
    --------
    >>> llama = from_hf({"model_type": "llama"})
    >>> for what in RECOMPUTED:
    ...     print(what, round(activation_bytes(llama, 1, 4096, recompute=what) / 2**30, 2))
    nothing 119.36
    attention 23.38
    layers 2.32
    """
    options = {"n_source_tokens": n_source_tokens, "recompute": recompute, "fp32_softmax": fp32_softmax}
    return sum(activation_terms(config, batch, n_tokens, number_format, **options).values())
