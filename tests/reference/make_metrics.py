"""Writes metrics.txt: Keras's metrics after each of several batches, in float64.

Usage: python make_metrics.py
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np
from keras import metrics
from keras.src.backend.common import dtypes

from golden import Case, record, rng  # switches JAX to float64

keras.config.set_floatx("float64")
# Keras takes means and sums of float64 in float32 but on TensorFlow, where this table says otherwise: so here.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
HEADER = """\
# Metrics in float64, from Keras {keras} on JAX {jax} (tests/reference/make_metrics.py); do not edit. The format is that of ops.txt.
# `in t0`, `in p0` and perhaps `in w0` are y_true, y_pred and the sample weights of the first batch, and so on;
# `out 0` is the result after the first batch, `out 1` after both, …
"""
CASES = []


def scores(name, shape, levels=20):
    """Numbers on a grid within [0, 1]: they tie, and hit thresholds such as 0.5."""
    return rng(name).integers(0, levels + 1, shape) / levels


def labels(name, shape, classes):
    return rng(name).integers(0, classes, shape)


def one_hot(numbers, classes):
    return np.eye(classes)[numbers]


def reals(name, shape):
    return np.round(rng(name).uniform(-2, 2, shape), 3)


def case(name, make, batches, **attrs):
    metric, inputs, results = make(), {}, []
    for i, batch in enumerate(batches):
        for key, value in zip("tpw", batch):
            inputs[f"{key}{i}"] = np.asarray(value)
        metric.update_state(*batch)
        results.append(np.asarray(metric.result(), dtype=np.float64))
    CASES.append(record(Case(name, inputs, None, attrs=attrs, order=0), {"out": results}))


def both(name, make, batches, weight_shape=None, **attrs):
    """The case without and with weights."""
    case(name, make, batches, **attrs)
    weighted = []
    for i, (t, p) in enumerate(batches):
        shape = np.shape(p)[:1] if weight_shape is None else weight_shape(np.shape(p))
        weighted.append((t, p, rng(f"{name} weight {i}").integers(0, 9, shape) / 4))
    case(name + "_weighted", make, weighted, **attrs)


def classes(name, count=6, sizes=(7, 5, 1)):
    return [(labels(f"{name} t{i}", (n,), count), scores(f"{name} p{i}", (n, count))) for i, n in enumerate(sizes)]


def hot_classes(name, count=6, sizes=(7, 5, 1)):
    return [(one_hot(t, count), p) for t, p in classes(name, count, sizes)]


def binary(name, tail=(), sizes=(9, 6, 1), levels=20):
    return [(labels(f"{name} t{i}", (n, *tail), 2).astype(float), scores(f"{name} p{i}", (n, *tail), levels))
            for i, n in enumerate(sizes)]


def regression(name, tail=(3,), sizes=(6, 4, 1)):
    return [(reals(f"{name} t{i}", (n, *tail)), reals(f"{name} p{i}", (n, *tail))) for i, n in enumerate(sizes)]


both("accuracy/exact", metrics.Accuracy, [(labels(f"a{i}", (n, 2), 3).astype(float), labels(f"b{i}", (n, 2), 3).astype(float))
                                          for i, n in enumerate((5, 3))], exact=1)
both("binary_accuracy/vector", metrics.BinaryAccuracy, binary("vector"))
both("binary_accuracy/columns", metrics.BinaryAccuracy, binary("columns", (3,)))
both("binary_accuracy/column_and_vector", metrics.BinaryAccuracy, [(t[:, 0], p) for t, p in binary("mixed", (1,))])
both("binary_accuracy/threshold", lambda: metrics.BinaryAccuracy(threshold=0.25), binary("limit"), threshold=0.25)
both("categorical_accuracy/plain", metrics.CategoricalAccuracy, hot_classes("hot"))
both("categorical_accuracy/ties", metrics.CategoricalAccuracy, [(one_hot(t, 4), np.round(p)) for t, p in classes("ties", 4)])
both("sparse_categorical_accuracy/plain", metrics.SparseCategoricalAccuracy, classes("sparse"))
both("sparse_categorical_accuracy/column", metrics.SparseCategoricalAccuracy, [(t[:, None], p) for t, p in classes("column")])
both("sparse_categorical_accuracy/steps", metrics.SparseCategoricalAccuracy,
     [(labels(f"st{i}", (n, 4), 3), scores(f"sp{i}", (n, 4, 3))) for i, n in enumerate((3, 2))])
both("sparse_categorical_accuracy/steps_each", metrics.SparseCategoricalAccuracy,
     [(labels(f"st{i}", (n, 4), 3), scores(f"sp{i}", (n, 4, 3))) for i, n in enumerate((3, 2))], lambda s: s[:2])
for k in (1, 3):
    both(f"top_k_categorical_accuracy/{k}", lambda k=k: metrics.TopKCategoricalAccuracy(k=k), hot_classes(f"top{k}"), k=k)
    both(f"sparse_top_k_categorical_accuracy/{k}", lambda k=k: metrics.SparseTopKCategoricalAccuracy(k=k),
         [(t, np.round(4 * p) / 4) for t, p in classes(f"stop{k}")], k=k)
for name in ("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError"):
    key = "_".join([""] + [w.lower() for w in __import__("re").findall("[A-Z][a-z]*", name)])[1:]
    both(f"{key}/matrix", getattr(metrics, name), regression(key))
    both(f"{key}/wide", getattr(metrics, name), regression(key + "wide", (7,)))
    both(f"{key}/vector", getattr(metrics, name), [(t[:, 0], p) for t, p in regression(key + "v", (1,))])
    both(f"{key}/steps", getattr(metrics, name), regression(key + "s", (2, 3)), lambda s: s[:2])
both("log_cosh/plain", metrics.LogCoshError, regression("logcosh"))
both("poisson/plain", metrics.Poisson, [(abs(t), abs(p)) for t, p in regression("poisson")])
both("binary_crossentropy/plain", metrics.BinaryCrossentropy, binary("bce", (2,)))
both("root_mean_squared_error/matrix", metrics.RootMeanSquaredError, regression("rmse"))
both("root_mean_squared_error/vector", metrics.RootMeanSquaredError, regression("rmsev", ()))
both("cosine_similarity/last", metrics.CosineSimilarity, [*regression("cosine"), (np.zeros((1, 3)), np.ones((1, 3)))])
both("cosine_similarity/axis", lambda: metrics.CosineSimilarity(axis=1), regression("cosine1", (3, 2)), axis=1)
for kind in ("uniform_average", "variance_weighted_average", None):
    both(f"r2_score/{kind}".lower(), lambda kind=kind: metrics.R2Score(class_aggregation=kind), regression(f"r2{kind}", (2,), (8, 5)),
         aggregation=str(kind).lower())
both("r2_score/adjusted", lambda: metrics.R2Score(num_regressors=2), regression("r2a", (1,), (8, 5)), aggregation="uniform_average",
     num_regressors=2)
for name, key in (("Precision", "precision"), ("Recall", "recall"), ("TruePositives", "true_positives"),
                  ("FalsePositives", "false_positives"), ("TrueNegatives", "true_negatives"), ("FalseNegatives", "false_negatives")):
    kind = getattr(metrics, name)
    both(f"{key}/plain", kind, binary(key))
    both(f"{key}/thresholds", lambda kind=kind: kind(thresholds=[0.7, 0.25, 0.5]), binary(key + "t", (2,)), thresholds=[0.7, 0.25, 0.5])
    both(f"{key}/even_thresholds", lambda kind=kind: kind(thresholds=[0.0, 0.25, 0.5, 0.75, 1.0]), binary(key + "e", levels=4),
         thresholds=[0.0, 0.25, 0.5, 0.75, 1.0])
    both(f"{key}/matrix_weights", kind, binary(key + "m", (3,)), lambda s: s)
    case(f"{key}/nothing_positive", kind, [(np.zeros(3), np.zeros(3))])
    if name in ("Precision", "Recall"):
        both(f"{key}/top_k", lambda kind=kind: kind(top_k=2), hot_classes(key + "k"), top_k=2)
        both(f"{key}/top_k_threshold", lambda kind=kind: kind(top_k=3, thresholds=0.5), hot_classes(key + "kt"), top_k=3,
             thresholds=[0.5])
        both(f"{key}/class_id", lambda kind=kind: kind(class_id=1), hot_classes(key + "c", 3), class_id=1)
        both(f"{key}/top_k_class_id", lambda kind=kind: kind(class_id=1, top_k=1), hot_classes(key + "kc", 3), class_id=1, top_k=1)
for average in (None, "micro", "macro", "weighted"):
    both(f"f1_score/{average}".lower(), lambda a=average: metrics.F1Score(average=a), hot_classes(f"f1{average}", 4), average=str(average).lower())
    both(f"fbeta_score/{average}".lower(), lambda a=average: metrics.FBetaScore(average=a, beta=2.0, threshold=0.4),
         binary(f"fb{average}", (3,)), average=str(average).lower(), beta=2, threshold=0.4)
case("f1_score/zeros", metrics.F1Score, [(np.eye(3), np.zeros((3, 3)))], average="none")
case("f1_score/absent", metrics.F1Score, [(np.eye(3)[[0, 0, 1]], np.eye(3)[[0, 1, 1]])], average="none")
for curve in ("ROC", "PR"):
    for method in ("interpolation", "minoring", "majoring"):
        both(f"auc/{curve}_{method}".lower(), lambda c=curve, m=method: metrics.AUC(curve=c, summation_method=m),
             binary(f"auc{curve}{method}", levels=1000), curve=curve.lower(), summation=method)
    make = lambda c=curve: metrics.AUC(num_thresholds=5, curve=c)
    both(f"auc/{curve}_few".lower(), make, binary("few", levels=8), curve=curve.lower(), num_thresholds=5)
    case(f"auc/{curve}_no_positive".lower(), make, [(np.zeros(4), scores("none", (4,)))], curve=curve.lower(), num_thresholds=5)
    case(f"auc/{curve}_no_negative".lower(), make, [(np.ones(4), scores("none", (4,)))], curve=curve.lower(), num_thresholds=5)
both("auc/thresholds", lambda: metrics.AUC(thresholds=[0.8, 0.1, 0.35]), binary("auct"), thresholds=[0.8, 0.1, 0.35])
both("auc/logits", lambda: metrics.AUC(from_logits=True), [(t, 6 * p - 3) for t, p in binary("aucl", levels=997)], from_logits=1)
case("auc/multi_label", lambda: metrics.AUC(multi_label=True), binary("aucm", (3,), levels=1000), multi_label=1)
case("auc/multi_label_weights", lambda: metrics.AUC(multi_label=True, label_weights=[1.0, 2.0, 0.5], curve="PR"),
     binary("aucm", (3,), levels=1000), multi_label=1, label_weights=[1.0, 2.0, 0.5], curve="pr")
case("auc/label_weights", lambda: metrics.AUC(label_weights=[1.0, 2.0, 0.5]), binary("aucw", (3,), levels=1000),
     label_weights=[1.0, 2.0, 0.5])

output = pathlib.Path(__file__).parent / "metrics.txt"
output.write_text("\n".join([HEADER.format(keras=keras.__version__, jax=jax.__version__)] + CASES))
print(f"{len(CASES)} cases, {output.stat().st_size / 1024:.0f} KiB -> {output}")
