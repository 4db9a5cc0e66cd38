"""shape-trace: the shape of the tensor after each step of encoder and decoder."""

import math

import numpy as np

from ... import parameters
from ...widget import Axis, Choice, Explorer, Panel, Reach, Readout, Row, Rows, Slider, Switch, View
from .models import assignment, for_the_twin

MIB = 2**20
LETTERS = {
    "tokens": "B, N",
    "queries": "B, h, N, dₖ",
    "keys": "B, h, N, dₖ",
    "values": "B, h, N, dₖ",
    "attention weights": "B, h, N, N",
    "heads": "B, h, N, dₖ",
    "hidden": "B, N, hidden",
    "scores of the words": "B, N, V",
}
FITS_ANYWAY = "h·dₖ = D: shapes fit, but no head reaches another’s coordinates."
ENCODER, DECODER = 14, 23  # steps of each
BOTH = ("encoder_mib", "decoder_mib")  # to one scale


def _tuple(shape):
    return "(" + ", ".join(map(str, shape)) + ")"


class ShapeTrace(Explorer):
    """The shape of the tensor after each step of encoder and decoder."""

    name = "shape-trace"
    title = "Shapes through the net"
    tries = "walking from the tokens to the scores. Then double N. Then the red switch: find what fails."
    sees = (
        "every sub-layer with its output matrix ends in (B, N, D), because its input is added to its output; in between the shapes do as they like. "
        "Bars are bytes: the attention weights grow with the square of N, the scores with N and the vocabulary. "
        "Without this matrix the additions after attention fail, unless h · dₖ is D: look for such widths."
    )
    play = "step"
    more = ("B", "d_ff", "V", "number_format")

    step = Slider(7, 0, ENCODER + DECODER - 1, label="step", step=1, caption="step_name")
    B = Slider(32, 1, 256, label="batch B", step=1, log=True)
    N = Slider(2048, 16, 8192, label="length N", unit="tokens", step=1, log=True)
    D = Slider(1024, 64, 4096, label="width D", step=64)
    h = Slider(4, 1, 32, label="heads h", step=1)
    d_k = Slider(192, 16, 512, label="width of a head, dₖ = dᵥ", step=16)
    d_ff = Slider(512, 64, 16_384, label="hidden width", step=64)
    V = Slider(30_000, 1000, 256_000, label="vocabulary V", step=1000)
    number_format = Choice("fp32", {"fp32": "fp32, 4 bytes", "bf16": "bf16, 2 bytes"}, label="numbers")
    unprojected = Switch(False, label="break it: leave out the output matrix, adding the heads’ outputs as they are", breaks=True)

    sentence = (
        "Step {step}, {step_name}: a tensor ({step_letters}) of shape {step_shape}, {step_numbers:,d} numbers in {step_mib:,.2f} MiB. "
        "Widths at the residual additions differ by {mismatch:,d}."
    )

    @staticmethod
    def data():
        return {"kind": for_the_twin(assignment())}

    @staticmethod
    def compute(*, step, B, N, D, h, d_k, d_ff, V, number_format, unprojected):
        config = assignment(vocab_size=V, d_model=D, n_heads=h, d_k=d_k, d_ff=d_ff)
        steps = parameters.shapes_through(config, B, N)
        trace = [f"{stack:8} {name:20} {shape}" for stack, name, shape, residual, times in steps]
        mismatch = abs(h * d_k - D) if unprojected else 0
        return dict(steps=steps, trace=trace, mismatch=mismatch)

    @classmethod
    def frame(cls, **controls):
        found = cls.compute(**controls)
        steps, mismatch = found["steps"], found["mismatch"]
        step, B, N, D, h, d_k, unprojected = (controls[name] for name in ("step", "B", "N", "D", "h", "d_k", "unprojected"))
        names, letters, shapes, joins, wrong = [], [], [], [], []
        stack = sub_layer = start = None
        for i, made in enumerate(steps):
            if made.stack != stack:
                stack, first = made.stack, i
            shape, letter = made.shape, LETTERS.get(made.name, "B, N, D")
            if "-" in made.name:  # the output of a sub-layer
                sub_layer = made.name
                if unprojected and sub_layer.endswith("attention"):
                    shape, letter = (B, N, h * d_k), "B, N, h·dₖ"
            names.append(made.name)
            letters.append(letter)
            shapes.append(shape)
            joins.append(start - first if made.residual else -1)
            wrong.append(int(bool(made.residual and sub_layer.endswith("attention") and mismatch)))
            if made.name in ("embedding", "norm"):
                start = i  # what the next sub-layer reads, and what is added to its output
        numbers = [math.prod(shape) for shape in shapes]
        # Token numbers are integers of 4 bytes in any case.
        mib = [parameters.bytes_of(n, "fp32" if name == "tokens" else controls["number_format"]) / MIB for n, name in zip(numbers, names)]
        texts = [f"{D:,d} + {h * d_k:,d}?" if bad else _tuple(shape) for shape, bad in zip(shapes, wrong)]
        halves = {"encoder": slice(0, ENCODER), "decoder": slice(ENCODER, None)}
        return {
            f"{side}_{what}": np.array(values[half])
            for side, half in halves.items()
            for what, values in {"names": names, "texts": texts, "mib": mib, "joins": joins, "wrong": wrong}.items()
        } | {
            "step_name": f"{steps[step].stack}, {names[step]}",
            "step_letters": letters[step],
            "step_shape": _tuple(shapes[step]),
            "step_numbers": numbers[step],
            "step_mib": mib[step],
            "mismatch": mismatch,
            "remark": FITS_ANYWAY if unprojected and not mismatch else "",
        }

    view = View(
        Row(
            *(
                Panel(
                    Rows(
                        f"{side}_mib",
                        f"{side}_names",
                        f"{side}_texts",
                        "blue",
                        first=first,
                        at="step",
                        joins=f"{side}_joins",
                        wrong=f"{side}_wrong",
                    ),
                    x=Axis("memory (MiB)", Reach(factor=-0.07, of=BOTH), Reach(of=BOTH), symbol="MiB"),
                    y=Axis("step"),
                    ratio=0.075 * count,
                    least=11 * count,
                    title=side,
                    note="{remark}" if side == "encoder" else None,
                    bare=True,
                    picks=(None, "step"),
                    main=side == "decoder",
                )
                for side, first, count in (("encoder", 0, ENCODER), ("decoder", ENCODER, DECODER))
            )
        ),
        Readout("step_numbers", "{step_name} ({step_letters}) = {step_shape}", ",d", unit="numbers"),
        Readout("step_mib", "in memory", ",.2f", unit="MiB"),
        Readout("mismatch", "widths at the additions differ by", ",d", must_vanish=0),
    )
