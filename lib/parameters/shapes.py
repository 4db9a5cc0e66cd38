"""The shape of the tensor after each step through a transformer."""

from typing import NamedTuple

from .. import arguments
from ._stacks import is_narrow, reads_source, sizes_of, source_tokens, stacks_of


class Step(NamedTuple):
    """The tensor after one step; ``residual`` where the step added to what came before."""

    stack: str
    name: str
    shape: tuple[int, ...]
    residual: bool
    times: int


@arguments.named
def shapes_through(config, batch, n_tokens, n_source_tokens=None):
    """List the shape of the tensor after each step through encoder and decoder.

    The steps of a layer are listed once, with ``times`` layers. Every sub-layer ends in
    (B, N, D), as its input is added to its output.

    It is the list of a plain block, whatever the config says of norms: sub-layers one after
    another, each with one norm, before it where the stack ends in a final norm (pre-norm), else
    after the addition (post-norm). So of Gemma 2's four norms a layer two are listed; Phi's and
    Falcon's sub-layers, which run side by side behind one norm and have one addition, are listed
    in turn with two; and norms after the embedding, of queries and keys, in the transformation
    before the scores, are not listed, nor are a gate's own output, pooler and classifier. Norms
    keep a shape, so no other step changes by that. ``count`` has every norm.

    Parameters
    ----------
    config : TransformerConfig
    batch, n_tokens : int
        Sequences and tokens of each, at least 1.
    n_source_tokens : int, optional
        Tokens of the encoder, n_tokens if not given.

    Returns
    -------
    list of Step

    Examples
    --------
    >>> steps = shapes_through(from_hf({"model_type": "gpt2"}), 8, 100)
    >>> [step.shape for step in steps if step.residual]
    [(8, 100, 768), (8, 100, 768)]
    >>> steps[-1].name, steps[-1].shape
    ('scores of the words', (8, 100, 50257))
    """
    B = arguments.integer("batch", batch, least=1)
    n_tokens = arguments.integer("n_tokens", n_tokens, least=1)
    source = source_tokens("n_source_tokens", n_source_tokens, n_tokens, least=1)
    c, steps, stacks = config, [], stacks_of(config)
    for stack, n_layers in stacks.items():
        N = source if stack == "encoder" and len(stacks) == 2 else n_tokens
        s, wide, crosses = sizes_of(c, stack), (B, N, c.d_model), reads_source(c, stack)

        def step(name, *shape, residual=False, times=n_layers, stack=stack):
            steps.append(Step(stack, name, shape, residual, times))

        def sub_layer(name, *inner):
            if c.final_norm:
                step("norm", *wide)
            for label, *shape in inner:
                step(label, *shape)
            step(name, *wide)
            step("input added", *wide, residual=True)
            if not c.final_norm:
                step("norm", *wide)

        def attention(name, keys):
            sub_layer(
                name,
                ("queries", B, s.H, N, s.d_k),
                ("keys", B, s.H_kv, keys, s.d_k),
                ("values", B, s.H_kv, keys, s.d_v),
                ("attention weights", B, s.H, N, keys),
                ("heads", B, s.H, N, s.d_v),
            )

        step("tokens", B, N, times=1)
        if is_narrow(c):
            step("token table", B, N, c.d_embedding, times=1)
        step("embedding", *wide, times=1)
        attention("self-attention", N)
        if crosses:
            attention("cross-attention", source)
        if c.n_experts:
            hidden = [("router", B, N, c.n_experts), ("hidden", B, N, c.n_active_experts, s.d_ff)]
        else:
            hidden = [("hidden", B, N, s.d_ff)]
        sub_layer("feed-forward", *hidden)
        if c.final_norm:
            step("final norm", *wide, times=1)
    if c.output != "none":
        step("scores of the words", B, N, c.vocab_size, times=1)
    return steps
