"""Writes optim.txt: twenty steps of the optimizers on a small fixed problem in float64, from Keras itself.

The run stops if the rules as written down below, in numpy, do not give what Keras gives. Needs keras, jax and torch.
Usage: python make_optim.py
"""

import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np

from golden import Case, record  # switches JAX to float64

keras.config.set_floatx("float64")
STEPS = 20
HEADER = """\
# Twenty steps of the optimizers in float64, from Keras {keras} on JAX {jax} (tests/reference/make_optim.py);
# do not edit. The format is that of ops.txt. The loss is sum(0.5 * curvature * square(w - target) + 0.25 * w^4), started at `w`;
# `out 0` holds w after each step: [steps, ...].
"""
START = np.array([[1.0, -2.0, 0.5], [0.25, -0.75, 1.5]])
TARGET = np.array([[0.5, 1.0, -1.0], [0.0, 2.0, 1.25]])
CURVATURE = np.array([[1.0, 0.5, 2.0], [0.125, 1.5, 0.001]])


def gradient(w):
    return CURVATURE * (w - TARGET) + w**3


def sgd(w, state, t, learning_rate, momentum=0.0, nesterov=False):
    g = gradient(w)
    if momentum == 0.0:
        return w - learning_rate * g
    m = state["m"] = momentum * state.get("m", 0.0) - learning_rate * g
    return w + momentum * m - learning_rate * g if nesterov else w + m


def rmsprop(w, state, t, learning_rate, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    g = gradient(w)
    v = state["v"] = rho * state.get("v", 0.0) + (1 - rho) * g * g
    if centered:
        a = state["a"] = rho * state.get("a", 0.0) + (1 - rho) * g
        v = v - a * a
    step = learning_rate * g / np.sqrt(v + epsilon)
    if momentum > 0.0:
        step = state["m"] = momentum * state.get("m", 0.0) + step
    return w - step


def adam(w, state, t, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    g = gradient(w)
    m = state["m"] = state.get("m", 0.0) * beta_1 + g * (1 - beta_1)
    v = state["v"] = state.get("v", 0.0) * beta_2 + g * g * (1 - beta_2)
    if amsgrad:
        v = state["top"] = np.maximum(state.get("top", 0.0), v)
    return w - learning_rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (np.sqrt(v) + epsilon)


CASES = {
    "sgd/plain": (keras.optimizers.SGD, sgd, {"learning_rate": 0.05}),
    "sgd/momentum": (keras.optimizers.SGD, sgd, {"learning_rate": 0.02, "momentum": 0.9}),
    "sgd/nesterov": (keras.optimizers.SGD, sgd, {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True}),
    "rmsprop/plain": (keras.optimizers.RMSprop, rmsprop, {"learning_rate": 0.01}),
    "rmsprop/rho": (keras.optimizers.RMSprop, rmsprop, {"learning_rate": 0.01, "rho": 0.5, "epsilon": 1e-3}),
    "rmsprop/centered": (keras.optimizers.RMSprop, rmsprop, {"learning_rate": 0.01, "centered": True}),
    "rmsprop/momentum": (keras.optimizers.RMSprop, rmsprop, {"learning_rate": 0.01, "momentum": 0.5}),
    "rmsprop/centered_momentum": (
        keras.optimizers.RMSprop,
        rmsprop,
        {"learning_rate": 0.01, "momentum": 0.5, "centered": True},
    ),
    "adam/plain": (keras.optimizers.Adam, adam, {"learning_rate": 0.05}),
    "adam/betas": (keras.optimizers.Adam, adam, {"learning_rate": 0.05, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
    # a short memory of the second moment, so that its maximum matters
    "adam/amsgrad": (keras.optimizers.Adam, adam, {"learning_rate": 0.1, "beta_2": 0.7, "amsgrad": True}),
}


def run(optimizer):
    w, path = keras.Variable(START, dtype="float64"), []
    optimizer.build([w])
    for _ in range(STEPS):
        optimizer.apply([gradient(np.asarray(w.value))], [w])
        path.append(np.asarray(w.value))
    return np.stack(path)


def main():
    records = []
    for name, (kind, rule, options) in CASES.items():
        path, w, state = run(kind(**options)), START, {}
        for t in range(STEPS):
            w = rule(w, state, t + 1, **options)
            gap = np.max(np.abs(w - path[t]))
            if gap > 1e-13:
                sys.exit(f"{name}: step {t + 1}: Keras is off the rule by {gap:.1e}")
        inputs = {"w": START, "target": TARGET, "curvature": CURVATURE}
        records.append(record(Case(name, inputs, None, attrs=options, order=0), {"out": [path]}))
    output = pathlib.Path(__file__).parent / "optim.txt"
    output.write_text("\n".join([HEADER.format(keras=keras.__version__, jax=jax.__version__)] + records))
    print(f"{len(records)} cases, {output.stat().st_size / 1024:.0f} KiB -> {output}")


main()
