"""Writes losses.txt: losses in float64, with gradients to second order, from Keras itself.

Needs keras, jax and torch. Usage: python make_losses.py
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"

import jax
import jax.numpy as jnp
import keras
import numpy as np
import torch
from keras.src.backend.common import dtypes

from golden import Case, disagreement, evaluate_jax, evaluate_torch, record, uniform  # switches JAX to float64

keras.config.set_floatx("float64")
# Keras takes means of float64 in float32 (8 digits are left): the mean itself is JAX's here, all else is Keras's.
keras.src.backend.numpy.mean = lambda x, axis=None, keepdims=False: jnp.mean(x, axis=axis, keepdims=keepdims)
HEADER = """\
# Losses in float64, from Keras {keras} on JAX {jax}, and ctc with options from PyTorch {torch} (tests/reference/make_losses.py);
# do not edit.
# The format is that of ops.txt.
# `function/...` cases call the function of that name; `class/...` cases the class form with its reduction and, where there
# is one, `sample_weight`. `own sigmoid` and `own softmax`: y_pred in the file is logits, of which Keras was given no
# probabilities but from_logits = True; a loss that recognises its own sigmoid or softmax must give the same.
"""
L = keras.losses

# name of the function, of the class, and what the operands must be like
LOSSES = {
    "mean_squared_error": ("MeanSquaredError", "numbers"),
    "mean_absolute_error": ("MeanAbsoluteError", "numbers"),
    "mean_absolute_percentage_error": ("MeanAbsolutePercentageError", "numbers"),
    "mean_squared_logarithmic_error": ("MeanSquaredLogarithmicError", "numbers"),
    "huber": ("Huber", "numbers"),
    "log_cosh": ("LogCosh", "numbers"),
    "cosine_similarity": ("CosineSimilarity", "numbers"),
    "hinge": ("Hinge", "numbers"),
    "squared_hinge": ("SquaredHinge", "numbers"),
    "categorical_hinge": ("CategoricalHinge", "numbers"),
    "poisson": ("Poisson", "counts"),
    "kl_divergence": ("KLDivergence", "probabilities"),
    "binary_crossentropy": ("BinaryCrossentropy", "probabilities"),
    "binary_focal_crossentropy": ("BinaryFocalCrossentropy", "probabilities"),
    "categorical_crossentropy": ("CategoricalCrossentropy", "probabilities"),
    "categorical_focal_crossentropy": ("CategoricalFocalCrossentropy", "probabilities"),
    "sparse_categorical_crossentropy": ("SparseCategoricalCrossentropy", "labels"),
}
CLASSES = {name: row[0] for name, row in LOSSES.items()} | {"ctc": "CTC"}
# options beyond the defaults, by variant
OPTIONS = {
    "huber": {"delta": {"delta": 0.5}},
    "binary_crossentropy": {"logits": {"from_logits": True}, "smooth": {"label_smoothing": 0.2},
                            "logits_smooth": {"from_logits": True, "label_smoothing": 0.1}},
    "categorical_crossentropy": {"logits": {"from_logits": True}, "smooth": {"label_smoothing": 0.1},
                                 "logits_smooth": {"from_logits": True, "label_smoothing": 0.3}},
    "sparse_categorical_crossentropy": {"logits": {"from_logits": True}, "ignore": {"ignore_class": 1},
                                        "logits_ignore": {"from_logits": True, "ignore_class": 0},
                                        "ignore_minus": {"ignore_class": -1}},
    "binary_focal_crossentropy": {"logits": {"from_logits": True}, "smooth": {"label_smoothing": 0.2},
                                  "balanced": {"apply_class_balancing": True, "alpha": 0.7},
                                  "gamma": {"gamma": 1.5}},
    "categorical_focal_crossentropy": {"logits": {"from_logits": True}, "smooth": {"label_smoothing": 0.1},
                                       "gamma": {"gamma": 3.0, "alpha": 0.4}},
}


def operands(name, kind, variant, shape):
    key = f"{name}/{variant}{shape}"
    if kind == "labels":
        y_true = np.random.default_rng(len(key) + sum(shape)).integers(0, shape[-1], shape[:-1])
        y_true.ravel()[0], y_true.ravel()[1] = 1, 0  # what the options ignore is there
        if variant == "ignore_minus":
            y_true.ravel()[1::2] = -1
    elif kind == "counts":
        y_true = uniform(key + "t", shape, 0, 5)
    elif kind == "probabilities":
        y_true = uniform(key + "t", shape, 0.05, 0.95)
    else:
        y_true = uniform(key + "t", shape)
    if "logits" in variant or kind == "numbers":
        y_pred = uniform(key + "p", shape, -3, 3)
    else:
        y_pred = uniform(key + "p", shape, 0.05, 0.95)
    return y_true, y_pred


def function_case(name, variant, y_true, y_pred, options=None, order=2):
    options, f = options or {}, getattr(L, name)
    return Case(f"function/{name}/{variant}", {"y_true": y_true, "y_pred": y_pred}, None,
                lambda t, p: f(t, p, **options), attrs=options, order=order)


def class_case(name, variant, y_true, y_pred, weight=None, reduction="sum_over_batch_size", options=None):
    options = options or {}
    loss = getattr(L, CLASSES[name])(reduction=reduction, **options)
    inputs = {"y_true": y_true, "y_pred": y_pred}
    if weight is not None:
        inputs["sample_weight"] = weight
    return Case(f"class/{name}/{variant}", inputs, None,
                lambda t, p, w=None: loss(t, p, sample_weight=w), attrs={**options, "reduction": reduction}, order=1)


def cases():
    for name, (_, kind) in LOSSES.items():
        for variant, options in {"plain": {}, **OPTIONS.get(name, {})}.items():
            for rank, shape in {"": (3, 4), **({} if options else {"_deep": (2, 3, 4)})}.items():
                yield function_case(name, variant + rank, *operands(name, kind, variant, shape), options)
            t, p = operands(name, kind, variant + "/class", (4, 3))
            yield class_case(name, f"{variant}_mean", t, p, options=options)
            weight = np.array([0.5, 2.0, 0.0, 1.25])
            yield class_case(name, f"{variant}_weighted", t, p, weight, options=options)
            yield class_case(name, f"{variant}_weighted_mean", t, p, weight, "mean_with_sample_weight", options)
        t, p = operands(name, kind, "reductions", (4, 3))
        for reduction in ("sum", "mean", "none", "mean_with_sample_weight"):
            yield class_case(name, f"reduce_{reduction}", t, p, None, reduction)
            weight = np.array([1.0, 0.25, 3.0, 0.0])
            yield class_case(name, f"reduce_{reduction}_weighted", t, p, weight, reduction)
            if reduction != "none":  # Keras gives the losses the shape of the weights
                yield class_case(name, f"reduce_{reduction}_column", t, p, weight[:, None], reduction)
        yield class_case(name, "reduce_all_zero", t, p, np.zeros(4), "mean_with_sample_weight")
        t, p = operands(name, kind, "steps", (2, 3, 4))
        yield class_case(name, "steps_weighted", t, p, uniform(name + "w", (2, 3), 0, 2))
        yield class_case(name, "steps_by_sample", t, p, np.array([[0.5], [2.0]]))

    # Edges. Whole labels carry no gradient, so that ties at the ends of a clipped range do not count there.
    hot = np.eye(3, dtype=np.int64)[[1, 0, 2, 1]]
    sure = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1e-9, 1 - 2e-9, 1e-9], [0.2, 0.2, 0.2]])
    binary = np.array([[0, 1], [1, 0], [1, 1], [0, 0]])
    ends = np.array([[1e-9, 1 - 1e-9], [1e-9, 1 - 1e-9], [0.8, 0.3], [0.1, 1e-8]])
    yield function_case("categorical_crossentropy", "edges", hot, sure)
    yield function_case("sparse_categorical_crossentropy", "edges", np.array([1, 0, 2, 1]), sure)
    yield function_case("sparse_categorical_crossentropy", "column", np.array([[1], [0], [2], [1]]), sure)
    yield function_case("categorical_focal_crossentropy", "edges", hot, sure, order=0)
    yield function_case("binary_crossentropy", "edges", binary, ends)
    yield function_case("binary_focal_crossentropy", "edges", binary, ends)
    yield function_case("kl_divergence", "edges", hot, np.array([[1e-9, 0.9, 0.1], [0.5, 1e-9, 0.5], [0.3, 0.3, 0.4],
                                                                  [0.2, 1.5, -0.1]]))
    yield function_case("poisson", "edges", np.array([[0, 1], [3, 0]]), np.array([[0.0, 1e-9], [2.5, 1e-3]]))
    far = np.array([[60.0, -60.0, 800.0], [-800.0, 0.0, 1e-3]])
    labels = np.array([[1, 0, 1], [1, 0, 0]])
    yield function_case("binary_crossentropy", "far_logits", labels, far, {"from_logits": True})
    yield function_case("categorical_crossentropy", "far_logits", np.array([[0, 1, 0], [1, 0, 0]]), far,
                        {"from_logits": True})
    yield function_case("sparse_categorical_crossentropy", "far_logits", np.array([1, 0]), far, {"from_logits": True})
    yield function_case("log_cosh", "far", np.zeros((2, 3), dtype=np.int64), far)
    yield function_case("huber", "far", np.zeros((2, 3), dtype=np.int64), far)
    equal = np.array([[1.0, -2.0, 0.0], [0.5, 0.0, 3.0]])
    for name in ("mean_squared_error", "huber", "log_cosh"):
        yield function_case(name, "equal", equal, equal.copy())
    # JAX takes 1 for the slope of |x| at 0; it is 0 in TensorFlow, PyTorch and here.
    yield function_case("mean_absolute_error", "equal", equal, equal.copy(), order=0)
    zero = np.array([[0, 2, -1], [0, 0, 3]])
    yield function_case("mean_absolute_percentage_error", "zeros", zero, equal + 0.25)
    yield function_case("mean_squared_logarithmic_error", "zeros", zero, equal + 0.25)
    yield function_case("mean_squared_logarithmic_error", "negative", equal - 0.3, -equal - 0.3)
    yield function_case("cosine_similarity", "zeros", np.array([[0, 0, 0], [1, 2, 3]]), equal, order=1)
    yield function_case("cosine_similarity", "zero_prediction", equal, np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]),
                        order=0)
    for name in ("hinge", "squared_hinge"):
        yield function_case(name, "zeros_and_ones", binary, ends * 3 - 1)
        yield function_case(name, "ones", np.ones((2, 2), dtype=np.int64), np.array([[0.5, 1.0], [-2.0, 3.0]]))
        yield function_case(name, "signed", np.array([[-1, 1], [1, 0]]), np.array([[0.5, 1.0], [-2.0, 3.0]]))
    yield function_case("categorical_hinge", "met", hot, hot * 2.0 - 0.3)
    # labels [n] beside predictions [n, 1], and the other way round
    flat, column = np.array([1, 0, 1]), np.array([[0.8], [0.3], [0.4]])
    for name in ("mean_squared_error", "mean_absolute_error", "binary_crossentropy", "hinge", "poisson",
                 "kl_divergence"):
        yield class_case(name, "flat_labels", flat, column)
        yield class_case(name, "flat_predictions", flat[:, None], column[:, 0])
    yield class_case("mean_squared_error", "flat_weighted", flat, column, np.array([1.0, 0.0, 0.5]))
    yield class_case("mean_squared_error", "steps_flat", np.array([[1, 0, 1], [0, 1, 1]]), uniform("flat", (2, 3, 1)))
    yield class_case("sparse_categorical_crossentropy", "all_ignored", np.array([1, 1]), sure[2:],
                     options={"ignore_class": 1})

    # A loss that meets its own sigmoid or softmax: Keras is given the logits.
    z, t = uniform("own", (3, 4), -4, 4), np.array([[0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1]])
    hot4 = np.eye(4, dtype=np.int64)[[2, 0, 3]]
    for variant, logits in {"plain": z, "far": z * 50}.items():
        for name, labels, own in (("binary_crossentropy", t, "sigmoid"), ("categorical_crossentropy", hot4, "softmax"),
                                  ("sparse_categorical_crossentropy", np.array([2, 0, 3]), "softmax")):
            case = function_case(name, f"own_{variant}", labels, logits, {"from_logits": True})
            case.attrs = {"own": own}
            yield case


def torch_ctc(blank=0, zero_infinity=False, mean=False):
    """PyTorch's loss of rows of labels that are filled up with the blank, or with negative numbers."""
    def call(t, p):
        blank_class = blank % p.shape[2]
        lengths = ((t >= 0) & (t != blank_class)).sum(1)
        frames = torch.full((p.shape[0],), p.shape[1])
        losses = torch.nn.functional.ctc_loss(p.log_softmax(2).transpose(0, 1), t, frames, lengths, blank=blank_class,
                                              reduction="none", zero_infinity=zero_infinity)
        return losses.mean() if mean else losses
    return call


def ctc_cases():
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # else Keras converts to float32 but on TensorFlow
    rows = {"plain": [[1, 2, 3], [3, 3, 1]], "padded": [[1, 0, 0], [2, 2, 0]], "none": [[0, 0, 0], [3, 0, 0]]}
    for variant, labels in rows.items():
        logits = uniform(f"ctc/{variant}", (2, 6, 4), -3, 3)
        both = [function_case("ctc", variant, np.array(labels), logits),
                class_case("ctc", f"{variant}_mean", np.array(labels), logits)]
        for case, mean in zip(both, (False, True)):
            assert disagreement(evaluate_torch(Case("", case.inputs, torch_ctc(mean=mean), order=0))["out"][0],
                                evaluate_jax(case)["out"][0]) < 1e-12
            yield case, evaluate_jax(case)
    logits, labels = uniform("ctc/class", (4, 5, 3), -2, 2), np.array([[1, 2], [2, 0], [0, 0], [2, 2]])
    for reduction in ("sum", "none", "mean_with_sample_weight"):
        case = class_case("ctc", f"reduce_{reduction}_weighted", labels, logits, np.array([1.0, 0.25, 3.0, 0.0]),
                          reduction)
        yield case, evaluate_jax(case)
    # What Keras has no option for. PyTorch's gradients of what cannot be are NaN unless the losses are made zero.
    for variant, t, options, order in (
            ("blank_last", [[0, 1, 3], [2, 2, 3]], {"blank": -1}, 1),
            ("blank_middle", [[0, 3, -1], [2, 0, 2]], {"blank": 1}, 1),
            ("infeasible", [[1, 1, 1], [2, 3, 0]], {}, 0),
            ("infeasible_zero", [[1, 1, 1], [2, 3, 0]], {"zero_infinity": True}, 1)):
        case = Case(f"function/ctc/{variant}", {"y_true": np.array(t), "y_pred": uniform(variant, (2, 4, 4), -3, 3)},
                    torch_ctc(**options), attrs={k: int(v) for k, v in options.items()}, order=order)
        yield case, evaluate_torch(case)


def main():
    records = [record(case, evaluate_jax(case)) for case in cases()]
    records += [record(case, result) for case, result in ctc_cases()]
    output = pathlib.Path(__file__).parent / "losses.txt"
    output.write_text("\n".join([HEADER.format(keras=keras.__version__, jax=jax.__version__, torch=torch.__version__)] + records))
    print(f"{len(records)} cases, {output.stat().st_size / 1024:.0f} KiB -> {output}")


main()
