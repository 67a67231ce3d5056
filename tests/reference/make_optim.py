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
# do not edit. The format is that of ops.txt. The loss is sum(0.5 * curvature * square(w - target) + 0.25 * w^4), started at `w`,
# whose rows are two parameters; `out 0` holds w after each step: [steps, ...], `out 1` w at the end where averages then replace it.
# Cases named *_decay and *_restarts are schedules: `out 0` holds the rates at `steps`.
"""
START = np.array([[1.0, -2.0, 0.5], [0.25, -0.75, 1.5]])
TARGET = np.array([[0.5, 1.0, -1.0], [0.0, 2.0, 1.25]])
CURVATURE = np.array([[1.0, 0.5, 2.0], [0.125, 1.5, 0.001]])


def gradient_at(row, w):
    return CURVATURE[row] * (w - TARGET[row]) + w**3


def sgd(w, g, state, t, learning_rate, momentum=0.0, nesterov=False):
    if momentum == 0.0:
        return w - learning_rate * g
    m = state["m"] = momentum * state.get("m", 0.0) - learning_rate * g
    return w + momentum * m - learning_rate * g if nesterov else w + m


def rmsprop(w, g, state, t, learning_rate, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    v = state["v"] = rho * state.get("v", 0.0) + (1 - rho) * g * g
    if centered:
        a = state["a"] = rho * state.get("a", 0.0) + (1 - rho) * g
        v = v - a * a
    step = learning_rate * g / np.sqrt(v + epsilon)
    if momentum > 0.0:
        step = state["m"] = momentum * state.get("m", 0.0) + step
    return w - step


def adam(w, g, state, t, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    m = state["m"] = state.get("m", 0.0) * beta_1 + g * (1 - beta_1)
    v = state["v"] = state.get("v", 0.0) * beta_2 + g * g * (1 - beta_2)
    if amsgrad:
        v = state["top"] = np.maximum(state.get("top", 0.0), v)
    return w - learning_rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (np.sqrt(v) + epsilon)


def adamw(w, g, state, t, learning_rate, weight_decay=0.004, **options):
    return adam(w - w * weight_decay * learning_rate, g, state, t, learning_rate, **options)


def adamax(w, g, state, t, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = state["m"] = state.get("m", 0.0) * beta_1 + g * (1 - beta_1)
    u = state["u"] = np.maximum(beta_2 * state.get("u", 0.0), np.abs(g))
    return w - learning_rate / (1 - beta_1**t) * m / (u + epsilon)


def nadam(w, g, state, t, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    def momentum(step):
        return beta_1 * (1 - 0.5 * 0.96**step)

    m = state["m"] = state.get("m", 0.0) * beta_1 + g * (1 - beta_1)
    v = state["v"] = state.get("v", 0.0) * beta_2 + g * g * (1 - beta_2)
    product = np.prod([momentum(step) for step in range(1, t + 1)])
    ahead = momentum(t + 1) * m / (1 - product * momentum(t + 1)) + (1 - momentum(t)) * g / (1 - product)
    return w - learning_rate * ahead / (np.sqrt(v / (1 - beta_2**t)) + epsilon)


def adagrad(w, g, state, t, learning_rate, initial_accumulator_value=0.1, epsilon=1e-7):
    total = state["s"] = state.get("s", initial_accumulator_value) + g * g
    return w - learning_rate * g / np.sqrt(total + epsilon)


def adadelta(w, g, state, t, learning_rate, rho=0.95, epsilon=1e-7):
    a = state["a"] = rho * state.get("a", 0.0) + (1 - rho) * g * g
    b = state.get("b", 0.0)
    move = np.sqrt(b + epsilon) / np.sqrt(a + epsilon) * g
    state["b"] = rho * b + (1 - rho) * move * move
    return w - learning_rate * move


def lion(w, g, state, t, learning_rate, beta_1=0.9, beta_2=0.99):
    m = state.get("m", 0.0)
    state["m"] = beta_2 * m + (1 - beta_2) * g
    return w - learning_rate * np.sign(beta_1 * m + (1 - beta_1) * g)


AROUND = ("clipnorm", "clipvalue", "global_clipnorm", "weight_decay", "use_ema", "ema_momentum", "ema_overwrite_frequency",
          "gradient_accumulation_steps")  # fmt: skip


def path_by_hand(rule, options, steps):
    """All steps, with what stands around the rule, on the rows of START: each is a variable. Also the last averages."""
    around = {key: options[key] for key in AROUND if key in options and rule is not adamw}
    own = {key: value for key, value in options.items() if key not in around}
    rows, states, path = [row.copy() for row in START], [{}, {}], []
    sums, averages = [0.0, 0.0], [None, None]
    k, rate = around.get("gradient_accumulation_steps", 1), own["learning_rate"]
    for call in range(steps):
        grads = [gradient_at(i, row) for i, row in enumerate(rows)]
        sums = [total + g for total, g in zip(sums, grads)]
        if (call + 1) % k == 0:
            grads, sums, t = [total / k for total in sums], [0.0, 0.0], call // k + 1
            whole = np.sqrt(sum(np.sum(g * g) for g in grads))
            for i, g in enumerate(grads):
                if "clipnorm" in around:
                    g = g * around["clipnorm"] / max(np.sqrt(np.sum(g * g)), around["clipnorm"])
                if "global_clipnorm" in around:
                    g = g * around["global_clipnorm"] / max(whole, around["global_clipnorm"])
                if "clipvalue" in around:
                    g = np.clip(g, -around["clipvalue"], around["clipvalue"])
                w = rows[i] - rows[i] * around.get("weight_decay", 0.0) * rate
                rows[i] = rule(w, g, states[i], t, **own)
                if around.get("use_ema"):
                    m = around.get("ema_momentum", 0.99)
                    averages[i] = rows[i] if t == 1 else m * averages[i] + (1 - m) * rows[i]
                    if t % around.get("ema_overwrite_frequency", steps + 1) == 0:
                        rows[i] = averages[i]
        path.append(np.stack(rows))
    return np.stack(path), averages


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
    "adamw/plain": (keras.optimizers.AdamW, adamw, {"learning_rate": 0.05}),
    "adamw/strong": (keras.optimizers.AdamW, adamw, {"learning_rate": 0.05, "weight_decay": 0.5, "amsgrad": True}),
    "adamax/plain": (keras.optimizers.Adamax, adamax, {"learning_rate": 0.05}),
    "adamax/betas": (keras.optimizers.Adamax, adamax, {"learning_rate": 0.05, "beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.1}),
    "nadam/plain": (keras.optimizers.Nadam, nadam, {"learning_rate": 0.05}),
    "nadam/betas": (keras.optimizers.Nadam, nadam, {"learning_rate": 0.05, "beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.1}),
    "adagrad/plain": (keras.optimizers.Adagrad, adagrad, {"learning_rate": 0.1}),
    "adagrad/start": (
        keras.optimizers.Adagrad,
        adagrad,
        {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 0.1},
    ),
    "adadelta/plain": (keras.optimizers.Adadelta, adadelta, {"learning_rate": 1.0}),
    "adadelta/rho": (keras.optimizers.Adadelta, adadelta, {"learning_rate": 2.0, "rho": 0.7, "epsilon": 1e-3}),
    "lion/plain": (keras.optimizers.Lion, lion, {"learning_rate": 0.05}),
    "lion/betas": (keras.optimizers.Lion, lion, {"learning_rate": 0.05, "beta_1": 0.6, "beta_2": 0.8}),
    # what stands around a rule
    "sgd/clipnorm": (keras.optimizers.SGD, sgd, {"learning_rate": 0.1, "momentum": 0.9, "clipnorm": 1.0}),
    "sgd/clipvalue": (keras.optimizers.SGD, sgd, {"learning_rate": 0.1, "clipvalue": 0.7}),
    "sgd/global_clipnorm": (keras.optimizers.SGD, sgd, {"learning_rate": 0.1, "global_clipnorm": 1.0}),
    "sgd/weight_decay": (keras.optimizers.SGD, sgd, {"learning_rate": 0.05, "momentum": 0.5, "weight_decay": 0.5}),
    "rmsprop/weight_decay": (keras.optimizers.RMSprop, rmsprop, {"learning_rate": 0.05, "weight_decay": 0.1}),
    "sgd/ema": (keras.optimizers.SGD, sgd, {"learning_rate": 0.05, "use_ema": True, "ema_momentum": 0.8}),
    "adam/ema_overwrite": (
        keras.optimizers.Adam,
        adam,
        {"learning_rate": 0.05, "use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3},
    ),
    "adam/accumulation": (keras.optimizers.Adam, adam, {"learning_rate": 0.1, "gradient_accumulation_steps": 3}),
    "nadam/all": (
        keras.optimizers.Nadam,
        nadam,
        {"learning_rate": 0.1, "global_clipnorm": 2.0, "weight_decay": 0.2, "gradient_accumulation_steps": 2},
    ),
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
    """The path, and what the variables are after the end of training."""
    rows, path = [keras.Variable(row, dtype="float64") for row in START], []
    optimizer.build(rows)
    for _ in range(STEPS):
        optimizer.apply([gradient_at(i, np.asarray(row.value)) for i, row in enumerate(rows)], rows)
        path.append(np.stack([np.asarray(row.value) for row in rows]))
    optimizer.finalize_variable_values(rows)
    return np.stack(path), np.stack([np.asarray(row.value) for row in rows])


def main():
    records = []
    for name, (kind, rule, options) in CASES.items():
        path, final = run(kind(**options))
        hand, averages = path_by_hand(rule, options, STEPS)
        gap = np.max(np.abs(hand - path))
        if averages[0] is not None:
            gap = max(gap, np.max(np.abs(np.stack(averages) - final)))
        if gap > 1e-13:
            sys.exit(f"{name}: Keras is off the rule by {gap:.1e}")
        inputs = {"w": START, "target": TARGET, "curvature": CURVATURE}
        outputs = [path] + ([final] if averages[0] is not None else [])
        records.append(record(Case(name, inputs, None, attrs=options, order=0), {"out": outputs}))
    for name, (kind, options) in SCHEDULES.items():
        case = Case(name, {"steps": AT}, None, attrs=options, order=0)
        records.append(record(case, {"out": [rates(name, kind, options)]}))
    output = pathlib.Path(__file__).parent / "optim.txt"
    output.write_text("\n".join([HEADER.format(keras=keras.__version__, jax=jax.__version__)] + records))
    print(f"{len(records)} cases, {output.stat().st_size / 1024:.0f} KiB -> {output}")


main()
