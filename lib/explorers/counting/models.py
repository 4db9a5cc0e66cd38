"""The models to choose from in this chapter: the assignment's and the published ones."""

from dataclasses import asdict

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


def known(name):
    """The config of a model to choose from, and the total that it must have."""
    if name == "assignment":
        return assignment(), ASSIGNMENTS_TOTAL
    [model] = (model for model in parameters.published() if model["name"] == name)
    return parameters.from_hf(model["config"]), model["total"]


def models():
    """All of them, by name, the assignment's first."""
    return {name: known(name) for name in ("assignment", *(model["name"] for model in parameters.published()))}


def for_the_twin(config):
    """What a config says beyond the defaults, which the browser knows."""
    plainest = asdict(parameters.TransformerConfig(1, 1, 1, 1, n_decoder_layers=1))
    needed = ("vocab_size", "d_model", "n_heads", "d_ff", "n_decoder_layers")
    return {name: value for name, value in asdict(config).items() if name in needed or value != plainest[name]}


def choices(names):
    return {name: "the assignment’s" if name == "assignment" else name for name in names}
