"""The models to choose from in this chapter: the assignment's and the published ones."""

import functools
from dataclasses import asdict
from typing import NamedTuple

from ... import parameters

ASSIGNMENTS_TOTAL = 201_399_600  # what the assignment's solution must reach


def assignment(**sizes):
    """The transformer of the assignment, or one of its kind with other sizes."""
    return parameters.TransformerConfig(
        **{"vocab_size": 30_000, "d_model": 1024, "n_heads": 4, "d_ff": 512, "d_k": 192} | sizes,
        n_encoder_layers=12,
        n_decoder_layers=8,
        n_embedding_tables=2,
        bias_o=True,
        bias_up=True,
        bias_down=True,
        output="separate",
        n_output_biases=1,
    )


class Model(NamedTuple):
    """A model to choose from: its tree, the total that it must have, and a config where it is plain."""

    tree: parameters.Part
    total: int
    config: parameters.TransformerConfig | None
    file: dict | None
    counted: parameters.Count | None


@functools.cache
def models():
    """All of them, by name, the assignment's first."""
    own = assignment()
    known = {"assignment": Model(parameters.count(own), ASSIGNMENTS_TOTAL, own, None, None)}
    for model in (*parameters.published(), *parameters.recent()):
        counted = parameters.count_hf(model["config"])
        try:
            config = parameters.from_hf(model["config"])
        except ValueError:  # layers that no config says
            config = None
        known[model["name"]] = Model(counted.tree, model["total"], config, model["config"], counted)
    return known


def for_the_twin(config):
    """What a config says beyond the defaults, which the browser knows."""
    plainest = asdict(parameters.TransformerConfig(1, 1, 1, 1, n_decoder_layers=1))
    needed = ("vocab_size", "d_model", "n_heads", "d_ff", "n_decoder_layers")
    return {name: value for name, value in asdict(config).items() if name in needed or value != plainest[name]}


def choices(names):
    return {name: "the assignment’s" if name == "assignment" else name for name in names}
