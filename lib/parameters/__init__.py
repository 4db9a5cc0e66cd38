"""Counting a transformer: its parameters to the unit, and what they cost.

``TransformerConfig`` says what a plain transformer is made of, ``count`` lists its matrices as
a tree whose leaves add up. ``count_hf`` makes such a tree from a Hugging Face ``config.json``,
whatever kinds of layers it has, and says what the number leaves open; ``from_hf`` reads a file
as a config, where its layers are plain. From the same sizes follow the shapes of the
activations, bytes, what each kind of layer caches and what a token meets in it, the memory of
training and the multiply-adds of a token.

A count is that of *distinct* parameters: an output layer tied to the token table is in the
tree with its shape and counts 0. Everything the class stores as a parameter counts, trained
or not; buffers, such as the tables of rotary angles, do not. Dropout, activation functions
and partial rotary embeddings have no parameters, and no config here says them; a window has none
either, and appears in what a layer keeps.

What each family of models is stands in ``families.json``, which the browser reads as well.
It follows Hugging Face transformers 5.24.0 (see ``tests/fixtures/make_families.py``), in
three places not obvious:

- a file without ``architectures`` counts as the class that ``class_of`` names, the one in
  which the family is usually published: the causal language model, T5's and BART's
  ForConditionalGeneration, and the bare model with its pooler for BERT and its like;
- ``tie_word_embeddings: false`` gives T5 (v1.1, Flan) an output layer of its own, as its
  published weights have. The reference builds it tied and unties it when it loads them;
- the same field gives BART a table each for encoder and decoder and leaves a third that
  nothing reads, and BERT's and RoBERTa's output layer a second bias.

Axes: B sequences, N tokens, V vocabulary, D model width, d_e embedding width, H heads,
H_kv heads of keys and values, d_k and d_v head widths, d_ff hidden width of the
feed-forward net, E experts. A matrix has its input first: q = x W_Q, W_Q (D, H·d_k).

One idea a file: the ``config``, the ``tree`` that ``counting`` builds from it, ``hugging_face``'s
files, the ``shapes`` on the way, ``memory``, ``activations`` and ``work``, and what a number may mean
that one was ``told``. Behind them: what pasted ``_text`` says, the ``_family`` of a file, its fields
(``_reading``), the language of ``families.json`` (``_expressions``) and the tree made of its blocks
(``_building``), ``_weights`` as stored.

Papers
------
- Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762.
- Shazeer 2019, "Fast Transformer Decoding: One Write-Head is All You Need",
  arXiv:1911.02150: multi-query attention; Ainslie et al. 2023, "GQA", arXiv:2305.13245.
- Shazeer 2020, "GLU Variants Improve Transformer", arXiv:2002.05202: the gate.
- Jiang et al. 2024, "Mixtral of Experts", arXiv:2401.04088: total and active parameters.
- Micikevicius et al. 2018, "Mixed Precision Training", arXiv:1710.03740: the fp32 copy.
- Rajbhandari et al. 2020, "ZeRO: Memory Optimizations Toward Training Trillion Parameter
  Models", arXiv:1910.02054, §3.1: 16 bytes a parameter with Adam.
- Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", arXiv:1604.06174:
  layers computed twice; Dao et al. 2022, "FlashAttention", arXiv:2205.14135: attention
  weights computed twice; Korthikanti et al. 2022, "Reducing Activation Recomputation in Large
  Transformer Models", arXiv:2205.05198, §4: activations by term.
"""

from ._building import LARGEST_TOTAL
from ._family import families
from ._reading import LARGEST_FIELD
from .activations import RECOMPUTED, activation_bytes, activation_terms
from .comparing import Size, compare
from .config import LARGEST_SIZE, NORMS, OUTPUTS, POSITIONS, QK_NORMS, TransformerConfig
from .counting import count
from .hugging_face import LONGEST_TEXT, Count, class_of, count_hf, from_hf, parse_config, published, read_text, recent
from .memory import NUMBER_FORMATS, SCALES, bytes_of, cache_bytes, kv_cache_bytes, lora_parameters, training_bytes
from .shapes import Step, shapes_through
from .told import parse_number, told
from .tree import Amount, Leaf, Part
from .work import multiply_adds_per_token

__all__ = [
    "RECOMPUTED",
    "activation_bytes",
    "activation_terms",
    "Size",
    "compare",
    "LARGEST_SIZE",
    "NORMS",
    "OUTPUTS",
    "POSITIONS",
    "QK_NORMS",
    "TransformerConfig",
    "Amount",
    "Leaf",
    "Part",
    "LARGEST_TOTAL",
    "count",
    "LARGEST_FIELD",
    "LONGEST_TEXT",
    "Count",
    "class_of",
    "count_hf",
    "families",
    "from_hf",
    "parse_config",
    "published",
    "read_text",
    "recent",
    "NUMBER_FORMATS",
    "SCALES",
    "bytes_of",
    "cache_bytes",
    "kv_cache_bytes",
    "lora_parameters",
    "training_bytes",
    "parse_number",
    "told",
    "multiply_adds_per_token",
    "Step",
    "shapes_through",
]
