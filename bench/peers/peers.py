"""The same workloads in PyTorch and JAX, as their users would write them.

    python3 peers.py FRAMEWORK THREADS [FILTER]      FRAMEWORK: torch, torch_compile, jax

Prints one JSON line a workload: {"name", "threads", "reference", "reference_us"}; the figure is the median of at least 20 samples.
"""

import json
import os
import sys
import time

framework, threads = sys.argv[1], int(sys.argv[2])
wanted = sys.argv[3] if len(sys.argv) > 3 else ""
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
if threads == 1:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np

rng = np.random.default_rng(0)
SECONDS = float(os.environ.get("BENCH_SECONDS", "1.5"))

# name: sizes, batch, hidden activation, loss, rule
NETWORKS = {
    "mnist_step": ([784, 512, 10], 128, "relu", "cross_entropy", "rmsprop"),
    "adam_step": ([784, 512, 512, 10], 128, "relu", "cross_entropy", "adam"),
    "sgd512_step": ([784, 512, 512, 10], 512, "relu", "cross_entropy", "sgd"),
    "tiny_step": ([4, 32, 32, 3], 32, "tanh", "cross_entropy", "sgd"),
    "boston_step": ([13, 64, 64, 1], 16, "relu", "squared_error", "rmsprop"),
}


def report(name, step, per=1):
    if wanted not in name:
        return
    for _ in range(5):
        step()
    runs = 1
    while True:
        begin = time.perf_counter()
        for _ in range(runs):
            step()
        if time.perf_counter() - begin > 1e-3 or runs > 1 << 16:
            break
        runs *= 2
    samples, end = [], time.perf_counter() + SECONDS
    while len(samples) < 20 or time.perf_counter() < end:
        begin = time.perf_counter()
        for _ in range(runs):
            step()
        samples.append((time.perf_counter() - begin) / runs)
    print(json.dumps({"name": name, "threads": threads, "reference": framework,
                      "reference_us": round(float(np.median(samples)) * 1e6 / per, 3)}), flush=True)


def data(sizes, batch, loss):
    x = rng.standard_normal((batch, sizes[0])).astype(np.float32)
    y = rng.integers(0, sizes[-1], batch) if loss == "cross_entropy" else rng.standard_normal((batch, sizes[-1])).astype(np.float32)
    return x, y


def with_torch(compiled):
    import torch
    from torch import nn
    torch.set_num_threads(threads)
    losses = {"cross_entropy": nn.functional.cross_entropy, "squared_error": nn.functional.mse_loss}

    for name, (sizes, batch, activation, loss, rule) in NETWORKS.items():
        if wanted not in name:
            continue
        layers = []
        for i, (m, n) in enumerate(zip(sizes, sizes[1:])):
            layers.append(nn.Linear(m, n))
            if i + 2 < len(sizes):
                layers.append(nn.ReLU() if activation == "relu" else nn.Tanh())
        net = nn.Sequential(*layers)
        x, y = map(torch.from_numpy, data(sizes, batch, loss))
        optimizer = {"sgd": lambda: torch.optim.SGD(net.parameters(), 1e-2, fused=True),
                     "rmsprop": lambda: torch.optim.RMSprop(net.parameters(), 1e-3, alpha=0.9),
                     "adam": lambda: torch.optim.Adam(net.parameters(), 1e-3, fused=True)}[rule]()
        loss_of = lambda net=net, x=x, y=y, f=losses[loss]: f(net(x), y)
        update = optimizer.step
        if compiled:
            loss_of, update = torch.compile(loss_of), torch.compile(update)

        def step(optimizer=optimizer, loss_of=loss_of, update=update):
            optimizer.zero_grad(set_to_none=True)
            loss_of().backward()
            update()

        report(name, step)

    if compiled:
        return
    net = nn.Sequential(nn.Linear(784, 512), nn.Tanh(), nn.Linear(512, 10))
    x, y = map(torch.from_numpy, data([784, 10], 128, "cross_entropy"))
    weights = list(net.parameters())
    direction = [torch.randn_like(w) for w in weights]

    def hvp():
        slopes = torch.autograd.grad(nn.functional.cross_entropy(net(x), y), weights, create_graph=True)
        return torch.autograd.grad(sum((g * v).sum() for g, v in zip(slopes, direction)), weights)

    report("hvp", hvp)
    one = torch.ones(1, requires_grad=True)

    def chain():
        y = one
        for _ in range(200):
            y = y * one
        y.backward()

    report("scalar_op", chain, per=200)


def with_jax():
    import jax
    import jax.numpy as jnp

    def weights_of(sizes):
        return [(jnp.asarray(rng.standard_normal((m, n)).astype(np.float32) * np.sqrt(2 / (m + n))), jnp.zeros(n))
                for m, n in zip(sizes, sizes[1:])]

    def loss_of(weights, x, y, activation, loss):
        for i, (w, b) in enumerate(weights):
            x = x @ w + b
            if i + 1 < len(weights):
                x = activation(x)
        if loss == "squared_error":
            return jnp.mean((x - y) ** 2)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1))

    each = jax.tree_util.tree_map
    for name, (sizes, batch, activation, loss, rule) in NETWORKS.items():
        if wanted not in name:
            continue
        x, y = map(jnp.asarray, data(sizes, batch, loss))
        act = jax.nn.relu if activation == "relu" else jnp.tanh

        def step(weights, slots, x, y, act=act, loss=loss, rule=rule):
            g = jax.grad(loss_of)(weights, x, y, act, loss)
            if rule == "sgd":
                return each(lambda w, g: w - 1e-2 * g, weights, g), slots
            if rule == "rmsprop":
                v = each(lambda v, g: 0.9 * v + 0.1 * g * g, slots, g)
                return each(lambda w, g, v: w - 1e-3 * g / jnp.sqrt(v + 1e-7), weights, g, v), v
            m = each(lambda m, g: m + 0.1 * (g - m), slots[0], g)
            v = each(lambda v, g: v + 0.001 * (g * g - v), slots[1], g)
            return each(lambda w, m, v: w - 1e-3 * m / (jnp.sqrt(v) + 1e-7), weights, m, v), (m, v)

        jitted = jax.jit(step, donate_argnums=(0, 1))
        weights = weights_of(sizes)
        zeros = each(jnp.zeros_like, weights)
        state = [weights, (zeros, each(jnp.zeros_like, weights)) if rule == "adam" else zeros]

        def run(state=state, jitted=jitted, x=x, y=y):
            state[:] = jitted(*state, x, y)
            jax.block_until_ready(state)

        report(name, run)

    x, y = map(jnp.asarray, data([784, 10], 128, "cross_entropy"))
    weights, direction = weights_of([784, 512, 10]), weights_of([784, 512, 10])
    slope = jax.grad(lambda w: loss_of(w, x, y, jnp.tanh, "cross_entropy"))
    hvp = jax.jit(lambda w, v: jax.jvp(slope, (w,), (v,))[1])
    report("hvp", lambda: jax.block_until_ready(hvp(weights, direction)))


if framework == "jax":
    with_jax()
elif framework in ("torch", "torch_compile"):
    with_torch(framework == "torch_compile")
else:
    sys.exit(f"peers.py: unknown framework {framework!r}: torch, torch_compile, jax")
