"""Writes optim.txt: twenty steps of the optimizers on a small fixed problem, and the learning-rate schedules, in float64, from
Keras itself.

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

from keras.optimizers import schedules

from golden import Case, record  # switches JAX to float64

keras.config.set_floatx("float64")
STEPS = 20
HEADER = """\
# Twenty steps of the optimizers in float64, from Keras {keras} on JAX {jax} (tests/reference/make_optim.py);
# do not edit. The format is that of ops.txt. The loss is sum(0.5 * curvature * square(w - target) + 0.25 * w^4), started at `w`;
# `out 0` holds w after each step: [steps, ...].
# Cases named *_decay and *_restarts are schedules: `out 0` holds the rates at `steps`.
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

RATES = {"initial_learning_rate": 0.1}
SCHEDULES = {
    "exponential_decay/plain": (schedules.ExponentialDecay, RATES | {"decay_steps": 10, "decay_rate": 0.5}),
    "exponential_decay/staircase": (
        schedules.ExponentialDecay,
        RATES | {"decay_steps": 7, "decay_rate": 0.9, "staircase": True},
    ),
    "piecewise_constant_decay/three": (
        schedules.PiecewiseConstantDecay,
        {"boundaries": [10, 20], "values": [1.0, 0.5, 0.1]},
    ),
    "piecewise_constant_decay/one_boundary": (
        schedules.PiecewiseConstantDecay,
        {"boundaries": [3], "values": [0.25, 2.0]},
    ),
    "polynomial_decay/line": (schedules.PolynomialDecay, RATES | {"decay_steps": 20}),
    "polynomial_decay/power": (
        schedules.PolynomialDecay,
        RATES | {"decay_steps": 20, "end_learning_rate": 0.01, "power": 2.0},
    ),
    "polynomial_decay/cycle": (
        schedules.PolynomialDecay,
        RATES | {"decay_steps": 10, "end_learning_rate": 0.01, "power": 0.5, "cycle": True},
    ),
    "inverse_time_decay/plain": (schedules.InverseTimeDecay, RATES | {"decay_steps": 10, "decay_rate": 0.5}),
    "inverse_time_decay/staircase": (
        schedules.InverseTimeDecay,
        RATES | {"decay_steps": 4, "decay_rate": 2.0, "staircase": True},
    ),
    "cosine_decay/plain": (schedules.CosineDecay, RATES | {"decay_steps": 20, "alpha": 0.1}),
    "cosine_decay/warmup": (
        schedules.CosineDecay,
        {"initial_learning_rate": 0.02, "decay_steps": 20, "alpha": 0.1, "warmup_target": 0.3, "warmup_steps": 9},
    ),
    "cosine_decay_restarts/doubling": (schedules.CosineDecayRestarts, RATES | {"first_decay_steps": 10, "m_mul": 0.5}),
    "cosine_decay_restarts/even": (
        schedules.CosineDecayRestarts,
        RATES | {"first_decay_steps": 6, "t_mul": 1.0, "m_mul": 0.9, "alpha": 0.05},
    ),
    "cosine_decay_restarts/slow": (schedules.CosineDecayRestarts, RATES | {"first_decay_steps": 4, "t_mul": 1.5}),
}
AT = np.array([*range(45), 69, 70, 71, 100, 150, 151, 1000, 123457])


def doubles(options):
    """Keras computes a schedule in the type of its first number, and takes a Python float for float32."""
    numbers = {key: np.float64(value) for key, value in options.items() if isinstance(value, float)}
    lists = {key: [np.float64(v) for v in value] for key, value in options.items() if key == "values"}
    return options | numbers | lists


def cosine(step, initial_learning_rate, decay_steps, alpha=0.0, warmup_target=None, warmup_steps=0):
    top = initial_learning_rate
    if warmup_target is not None:
        if step < warmup_steps:
            return top + (warmup_target - top) * step / warmup_steps
        top, step = warmup_target, step - warmup_steps
    return top * ((1 - alpha) * 0.5 * (1 + np.cos(np.pi * min(step, decay_steps) / decay_steps)) + alpha)


def restarts(step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0):
    height, begin, length = 1.0, 0.0, float(first_decay_steps)
    while step >= begin + length:
        height, begin, length = height * m_mul, begin + length, length * t_mul
    return initial_learning_rate * ((1 - alpha) * 0.5 * height * (1 + np.cos(np.pi * (step - begin) / length)) + alpha)


def rates(name, kind, options):
    """From Keras, but for the cosines: it takes those in float32. So it is checked to that precision there."""
    made = np.array([float(kind(**doubles(options))(int(step))) for step in AT])
    rule = {schedules.CosineDecay: cosine, schedules.CosineDecayRestarts: restarts}.get(kind)
    if rule is None:
        return made
    exact = np.array([rule(step, **options) for step in AT])
    gap = np.max(np.abs(made - exact))
    if gap > 5e-8:
        sys.exit(f"{name}: Keras is off the rule by {gap:.1e}")
    return exact


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
    for name, (kind, options) in SCHEDULES.items():
        case = Case(name, {"steps": AT}, None, attrs=options, order=0)
        records.append(record(case, {"out": [rates(name, kind, options)]}))
    output = pathlib.Path(__file__).parent / "optim.txt"
    output.write_text("\n".join([HEADER.format(keras=keras.__version__, jax=jax.__version__)] + records))
    print(f"{len(records)} cases, {output.stat().st_size / 1024:.0f} KiB -> {output}")


main()
