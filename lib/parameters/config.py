"""What a transformer is made of, as far as its parameters depend on it: a config, held to itself."""

from dataclasses import dataclass, fields

from .. import arguments
from ._checks import as_json, flag, whole_number

# What a norm stores, each as long as the norm is wide.
NORMS = {"layernorm": ("gain", "bias"), "layernorm-gain": ("gain",), "layernorm-bare": (), "rmsnorm": ("gain",)}
POSITIONS = ("none", "fixed", "learned", "relative", "rotary", "ALiBi")
OUTPUTS = ("none", "tied", "separate")
QK_NORMS = ("none", "head", "all")
LARGEST_SIZE = 10**9


@dataclass(frozen=True)
class TransformerConfig:
    """What a transformer is made of, as far as parameters depend on it.

    Encoder-only, decoder-only or both, by the numbers of layers. What a default leaves out
    is not there: the plainest config has no biases but those of its norms, no embedding or
    final norm, no output layer.

    Parameters
    ----------
    vocab_size, d_model, n_heads, d_ff : int
        Tokens, width, heads a layer, hidden width of the feed-forward net (of one expert).
    n_encoder_layers, n_decoder_layers : int
        At least one of the two above 0.
    n_decoder_heads, d_decoder_ff : int, optional
        Of the decoder, where it differs from the encoder.
    n_kv_heads : int, optional
        Heads of keys and values, a divisor of the heads: as many as those (multi-head, the
        default), fewer (grouped) or 1 (multi-query).
    d_k, d_v : int, optional
        Width of a head's queries and keys, d_model / n_heads if not given; and of its
        values, as d_k if not given.
    d_embedding : int, optional
        Width of the token table where it is not d_model: two matrices without bias lead
        into the model and out of it.
    bias_q, bias_k, bias_v, bias_o, bias_gate, bias_up, bias_down : bool
        A bias for each matrix.
    cross_attention : bool, optional
        In the decoder's layers; by default where there is an encoder.
    qk_norm : {"none", "head", "all"}
        A norm on queries and keys, as wide as one head or as all of them.
    gated : bool
        A third matrix in the feed-forward net, whose output is multiplied in.
    n_experts, n_active_experts : int
        Feed-forward nets in each layer and how many a token passes; 0 for one and no router.
    norm : {"layernorm", "layernorm-gain", "layernorm-bare", "rmsnorm"}
        With gain and bias, gain alone, nothing; gain.
    norms_per_layer : {1, 2, 4}
        For attention and feed-forward together: one they share, one each, or one before
        and one after each. Cross-attention adds 1, 1 or 2.
    embedding_norm, final_norm : bool
        In each stack, after the embedding and after the last layer.
    positions : {"none", "fixed", "learned", "relative", "rotary", "ALiBi"}
        Learned: a table of n_positions × d_model in each stack. Relative: one of
        n_buckets × heads in each stack, shared by its layers. The others have no parameters.
    n_positions, n_buckets : int
        Rows of those tables.
    n_token_types : int
        Rows of the table that tells sentence from sentence.
    n_embedding_tables : {1, 2, 3}
        With encoder and decoder: one for both, one each, or those and one that nothing reads.
    pooler : bool
        A square matrix with bias on top of the first token.
    output : {"none", "tied", "separate"}
        The layer that scores every token of the vocabulary.
    n_output_biases : int
        Biases of that layer, at most 2.
    transform_output : bool
        A square matrix with bias, and a norm, before that layer.
    n_labels : int
        Width of a classifier on top; 0 for none.
    bias_labels, transform_labels : bool
        Its bias, and a square matrix with bias before it.

    Raises
    ------
    ValueError
        If a value is of the wrong kind or outside its range, or two do not fit each other.

    Examples
    --------
    >>> gpt2 = TransformerConfig(50257, 768, 12, 3072, n_decoder_layers=12, bias_q=True,
    ...     bias_k=True, bias_v=True, bias_o=True, bias_up=True, bias_down=True,
    ...     final_norm=True, positions="learned", n_positions=1024, output="tied")
    >>> count(gpt2).total
    124439808
    >>> TransformerConfig(50257, 768, 11, 3072, n_decoder_layers=12)
    Traceback (most recent call last):
    ValueError: n_heads: expected a divisor of d_model = 768 where d_k is not given, got 11
    """

    vocab_size: int
    d_model: int
    n_heads: int
    d_ff: int
    n_encoder_layers: int = 0
    n_decoder_layers: int = 0
    n_decoder_heads: int | None = None
    d_decoder_ff: int | None = None
    n_kv_heads: int | None = None
    d_k: int | None = None
    d_v: int | None = None
    d_embedding: int | None = None
    bias_q: bool = False
    bias_k: bool = False
    bias_v: bool = False
    bias_o: bool = False
    bias_gate: bool = False
    bias_up: bool = False
    bias_down: bool = False
    cross_attention: bool | None = None
    qk_norm: str = "none"
    gated: bool = False
    n_experts: int = 0
    n_active_experts: int = 0
    norm: str = "layernorm"
    norms_per_layer: int = 2
    embedding_norm: bool = False
    final_norm: bool = False
    positions: str = "fixed"
    n_positions: int = 0
    n_buckets: int = 0
    n_token_types: int = 0
    n_embedding_tables: int = 1
    pooler: bool = False
    output: str = "none"
    n_output_biases: int = 0
    transform_output: bool = False
    n_labels: int = 0
    bias_labels: bool = True
    transform_labels: bool = False

    def __post_init__(self):
        choices = {"norm": NORMS, "positions": POSITIONS, "output": OUTPUTS, "qk_norm": QK_NORMS}
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if value is None and field.default is None:
                continue
            if name in choices:
                if not isinstance(value, str) or value not in choices[name]:
                    arguments.refuse(name, " or ".join(choices[name]), as_json(value))
            elif field.type in (bool, bool | None):
                flag(name, value)
            else:  # 0 means "none" where it is the default, and is nonsense elsewhere
                value = whole_number(name, value, 0 if field.default == 0 else 1, LARGEST_SIZE)
                object.__setattr__(self, name, value)
        _fits(self)


def _fits(c):
    """Hold the sizes to each other."""
    stacks = [stack for stack in ("encoder", "decoder") if getattr(c, f"n_{stack}_layers")]
    if not stacks:
        arguments.refuse("n_decoder_layers", "a layer in the encoder or the decoder", "0")
    for stack in stacks:
        name = "n_decoder_heads" if stack == "decoder" and c.n_decoder_heads else "n_heads"
        n_heads = getattr(c, name)
        if c.d_k is None and c.d_model % n_heads:
            expected = f"a divisor of d_model = {c.d_model} where d_k is not given"
            arguments.refuse(name, expected, str(n_heads))
        if n_heads % (c.n_kv_heads or n_heads):
            arguments.refuse("n_kv_heads", f"a divisor of {name} = {n_heads}", str(c.n_kv_heads))
    if not min(1, c.n_experts) <= c.n_active_experts <= c.n_experts:
        expected = f"from {min(1, c.n_experts)} to n_experts = {c.n_experts}"
        arguments.refuse("n_active_experts", expected, str(c.n_active_experts))
    if c.cross_attention and not c.n_decoder_layers:
        arguments.refuse("cross_attention", "false where there is no decoder", "true")
    if c.norms_per_layer not in (1, 2, 4):
        arguments.refuse("norms_per_layer", "1 or 2 or 4", str(c.norms_per_layer))
    if c.n_embedding_tables > (3 if len(stacks) == 2 else 1):
        expected = "at most 3 with encoder and decoder, else 1"
        arguments.refuse("n_embedding_tables", expected, str(c.n_embedding_tables))
    if c.n_output_biases > 2:
        arguments.refuse("n_output_biases", "at most 2", str(c.n_output_biases))
    for kind, rows in (("learned", "n_positions"), ("relative", "n_buckets")):
        if c.positions == kind and not getattr(c, rows):
            arguments.refuse(rows, f"at least 1 where positions are {kind}", "0")
