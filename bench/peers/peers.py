"""The same workloads in PyTorch and JAX, as their users would write them.

    python3 peers.py FRAMEWORK THREADS      FRAMEWORK: torch, torch_compile, jax

Takes samples as it is asked on standard input, so that they can be interleaved with another library's: a workload's name prepares it
(answer: "ready", or "none" where this framework has no such workload), an empty line takes a sample (answer: microseconds).
"""

import math
import os
import sys
import time

framework, threads = sys.argv[1], int(sys.argv[2])
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
if threads == 1:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np

import sequences

rng = np.random.default_rng(0)

# name: sizes, batch, hidden activation, loss, rule
NETWORKS = {
    "mnist_step": ([784, 512, 10], 128, "relu", "cross_entropy", "rmsprop"),
    "adam_step": ([784, 512, 512, 10], 128, "relu", "cross_entropy", "adam"),
    "sgd512_step": ([784, 512, 512, 10], 512, "relu", "cross_entropy", "sgd"),
    "tiny_step": ([4, 32, 32, 3], 32, "tanh", "cross_entropy", "sgd"),
    "boston_step": ([13, 64, 64, 1], 16, "relu", "squared_error", "rmsprop"),
    "imdb_step": ([10000, 16, 16, 1], 512, "relu", "binary_cross_entropy", "rmsprop"),
    "reuters_step": ([10000, 64, 64, 46], 512, "relu", "cross_entropy", "rmsprop"),
}
# name: side, channels, kernel, filters, same, groups; 64 pictures; name + "_dw" and "_dx" are the gradients of kernel and operand
CONVOLUTIONS = {
    "conv_28x1_32": (28, 1, 3, 32, False, 1),
    "conv_13x32_64": (13, 32, 3, 64, False, 1),
    "conv_16x64_64": (16, 64, 3, 64, True, 1),
    "conv_5x64_64": (5, 64, 3, 64, False, 1),
    "conv_1x1": (14, 64, 1, 128, False, 1),
    "conv_depthwise": (28, 64, 3, 64, True, 64),
}
# name: length; causal attention over 8 texts in 8 heads of 64, forward and backward
ATTENTIONS = {"attention_128": 128, "attention_1024": 1024}
TEXTS = {"imdb_step": ("imdb.npz", "x_train", "y_train"), "reuters_step": ("reuters.npz", "x", "y")}
CHAIN = 200  # products in scalar_op, which is reported by the product


def texts(name, batch):
    """The first texts of Keras's order, as dense rows: 1 where a word occurs."""
    file, x_name, y_name = TEXTS[name]
    home = os.environ.get("KERAS_HOME", os.path.expanduser("~/.keras"))
    with np.load(os.path.join(home, "datasets", file), allow_pickle=True) as arrays:
        x, y = arrays[x_name], arrays[y_name]
    order = np.arange(len(x))
    np.random.RandomState(113).shuffle(order)
    rows = np.zeros((batch, 10000), np.float32)
    for row, i in zip(rows, order):
        words = np.array(x[i]) + 3
        row[np.append(np.where(words < 10000, words, 2), 1)] = 1
    return rows, y[order[:batch]]


def data(name):
    sizes, batch, _, loss, _ = NETWORKS[name]
    if name in TEXTS:
        x, y = texts(name, batch)
        return x, y.astype(np.float32)[:, None] if loss == "binary_cross_entropy" else y
    x = rng.standard_normal((batch, sizes[0])).astype(np.float32)
    y = rng.integers(0, sizes[-1], batch) if loss == "cross_entropy" else rng.standard_normal((batch, sizes[-1])).astype(np.float32)
    return x, y


class Mixture:
    """A Gaussian mixture of the ADBench suite, float64, and what its objective needs beside the variables."""

    def __init__(self, name):
        _, d, k = name.split("_")
        path = os.path.join(os.environ.get("XGRAD_DATA", ""), "adbench", "gmm", "1k", f"gmm_{d}_{k.upper()}.txt")
        with open(path, encoding="ascii") as file:
            numbers = np.array(file.read().split(), dtype=np.float64)
        self.d, self.k, self.n = d, k, n = [int(v) for v in numbers[:3]]
        shapes = [(k,), (k, d), (k, d + d * (d - 1) // 2), (n, d)]
        ends = np.cumsum([3] + [math.prod(s) for s in shapes])
        arrays = [numbers[b:e].reshape(s) for b, e, s in zip(ends, ends[1:], shapes)]
        self.variables, self.x, self.gamma, self.m = arrays[:3], arrays[3], *numbers[ends[-1]:]
        columns, rows = np.triu_indices(d, 1)  # the lower triangle, column by column
        self.columns, self.rows = columns, rows

    def constant(self):
        """What of the objective depends on no variable: likelihood less prior."""
        d, k, n, nu = self.d, self.k, self.n, self.d + self.m + 1
        log_gamma_d = d * (d - 1) / 4 * math.log(math.pi) + sum(math.lgamma(nu / 2 + (1 - j) / 2) for j in range(1, d + 1))
        return -n * d / 2 * math.log(2 * math.pi) - k * (nu * d * (math.log(self.gamma) - 0.5 * math.log(2)) - log_gamma_d)


def torch_step(name, compiled):
    import torch
    from torch import nn
    torch.set_num_threads(threads)
    cross_entropy = nn.functional.cross_entropy

    if name in NETWORKS:
        sizes, batch, activation, loss, rule = NETWORKS[name]
        layers = []
        for i, (m, n) in enumerate(zip(sizes, sizes[1:])):
            layers.append(nn.Linear(m, n))
            if i + 2 < len(sizes):
                layers.append(nn.ReLU() if activation == "relu" else nn.Tanh())
        net = nn.Sequential(*layers)
        x, y = map(torch.from_numpy, data(name))
        optimizer = {"sgd": lambda: torch.optim.SGD(net.parameters(), 1e-2, fused=True),
                     "rmsprop": lambda: torch.optim.RMSprop(net.parameters(), 1e-3, alpha=0.9),
                     "adam": lambda: torch.optim.Adam(net.parameters(), 1e-3, fused=True)}[rule]()
        criterion = {"cross_entropy": cross_entropy, "squared_error": nn.functional.mse_loss,
                     "binary_cross_entropy": nn.functional.binary_cross_entropy_with_logits}[loss]
        loss_of = lambda: criterion(net(x), y)
        update = optimizer.step
        if compiled:
            loss_of, update = torch.compile(loss_of), torch.compile(update)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss_of().backward()
            update()

        return step

    if name.startswith("gmm_"):
        g = Mixture(name)
        variables = [torch.tensor(v, requires_grad=True) for v in g.variables]
        x, rows, columns = torch.from_numpy(g.x), torch.from_numpy(g.rows), torch.from_numpy(g.columns)

        def objective(alpha, mu, icf):
            q, lower = icf[:, :g.d], icf[:, g.d:]
            diagonal, sum_q = torch.exp(q), q.sum(1)
            q_t = torch.diag_embed(diagonal).index_put((torch.arange(g.k)[:, None], columns, rows), lower)
            q_mu = (mu[:, None] @ q_t).reshape(g.k * g.d)
            centred = torch.addmm(-q_mu, x, q_t.permute(1, 0, 2).reshape(g.d, g.k * g.d))
            squares = (centred.reshape(g.n, g.k, g.d) ** 2).sum(2)
            likelihood = torch.logsumexp(alpha + sum_q - 0.5 * squares, 1).sum() - g.n * torch.logsumexp(alpha, 0)
            return likelihood + g.gamma ** 2 / 2 * ((diagonal ** 2).sum() + (lower ** 2).sum()) - g.m * sum_q.sum() + g.constant()

        if compiled:
            objective = torch.compile(objective)
        return lambda: torch.autograd.grad(objective(*variables), variables)

    if name == "cnn_step":
        net = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                            nn.Flatten(), nn.Linear(1600, 10)).to(memory_format=torch.channels_last)
        x = torch.randn(64, 1, 28, 28).to(memory_format=torch.channels_last)
        y = torch.randint(0, 10, (64,))
        optimizer = torch.optim.Adam(net.parameters(), 1e-3, fused=True)
        loss_of = torch.compile(lambda: cross_entropy(net(x), y)) if compiled else lambda: cross_entropy(net(x), y)
        update = torch.compile(optimizer.step) if compiled else optimizer.step

        def cnn():
            optimizer.zero_grad(set_to_none=True)
            loss_of().backward()
            update()

        return cnn

    if name in sequences.NAMES:
        return sequences.torch_step(name, compiled)

    base = name.removesuffix("_dw").removesuffix("_dx")
    if base in CONVOLUTIONS and not compiled:
        side, channels, kernel, filters, same, groups = CONVOLUTIONS[base]
        best = {"memory_format": torch.channels_last}
        x = torch.randn(64, channels, side, side).to(**best)
        w = torch.randn(filters, channels // groups, kernel, kernel).to(**best)
        padding = kernel // 2 if same else 0
        forward = lambda: torch.conv2d(x, w, padding=padding, groups=groups)
        g = torch.randn_like(forward()).to(**best)
        back = lambda *mask: lambda: torch.ops.aten.convolution_backward(
            g, x, w, None, (1, 1), (padding, padding), (1, 1), False, (0, 0), groups, mask)
        return back(False, True, False) if name.endswith("_dw") else back(True, False, False) if name.endswith("_dx") else forward

    if name in ATTENTIONS:
        q, k, v = (torch.randn(8, 8, ATTENTIONS[name], 64, requires_grad=True) for _ in range(3))
        g = torch.randn(8, 8, ATTENTIONS[name], 64)
        attend = lambda q, k, v: nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        if compiled:
            attend = torch.compile(attend)
        return lambda: torch.autograd.grad(attend(q, k, v), (q, k, v), g)

    if name == "hvp" and not compiled:
        net = nn.Sequential(nn.Linear(784, 512), nn.Tanh(), nn.Linear(512, 10))
        x, y = map(torch.from_numpy, data("mnist_step"))
        weights = list(net.parameters())
        direction = [torch.randn_like(w) for w in weights]

        def hvp():
            slopes = torch.autograd.grad(cross_entropy(net(x), y), weights, create_graph=True)
            return torch.autograd.grad(sum((g * v).sum() for g, v in zip(slopes, direction)), weights)

        return hvp

    if name == "scalar_op" and not compiled:
        one = torch.ones(1, requires_grad=True)

        def chain():
            y = one
            for _ in range(CHAIN):
                y = y * one
            y.backward()

        return chain
    return None


def jax_step(name):
    import jax
    import jax.numpy as jnp
    jax.config.update("jax_enable_x64", name.startswith("gmm_"))

    def weights_of(sizes):
        return [(jnp.asarray(rng.standard_normal((m, n)).astype(np.float32) * np.sqrt(2 / (m + n)).astype(np.float32)), jnp.zeros(n))
                for m, n in zip(sizes, sizes[1:])]

    def loss_of(weights, x, y, activation, loss):
        for i, (w, b) in enumerate(weights):
            x = x @ w + b
            if i + 1 < len(weights):
                x = activation(x)
        if loss == "squared_error":
            return jnp.mean((x - y) ** 2)
        if loss == "binary_cross_entropy":
            return jnp.mean(jax.nn.softplus(x) - x * y)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1))

    each = jax.tree_util.tree_map
    if name in NETWORKS:
        sizes, batch, activation, loss, rule = NETWORKS[name]
        x, y = map(jnp.asarray, data(name))
        act = jax.nn.relu if activation == "relu" else jnp.tanh

        def step(weights, slots, x, y):
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

        def run():
            state[:] = jitted(*state, x, y)
            jax.block_until_ready(state)

        return run

    if name.startswith("gmm_"):
        g = Mixture(name)
        variables, x = [jnp.asarray(v) for v in g.variables], jnp.asarray(g.x)

        def objective(alpha, mu, icf):
            q, lower = icf[:, :g.d], icf[:, g.d:]
            diagonal, sum_q = jnp.exp(q), q.sum(1)
            q_t = (diagonal[:, :, None] * jnp.eye(g.d)).at[:, g.columns, g.rows].set(lower)
            qx = x @ q_t.transpose(1, 0, 2).reshape(g.d, g.k * g.d)
            q_mu = (mu[:, None] @ q_t).reshape(g.k * g.d)
            squares = ((qx - q_mu).reshape(g.n, g.k, g.d) ** 2).sum(2)
            logsumexp = jax.nn.logsumexp
            likelihood = logsumexp(alpha + sum_q - 0.5 * squares, 1).sum() - g.n * logsumexp(alpha)
            return likelihood + g.gamma ** 2 / 2 * ((diagonal ** 2).sum() + (lower ** 2).sum()) - g.m * sum_q.sum() + g.constant()

        gradient = jax.jit(jax.value_and_grad(objective, (0, 1, 2)))
        return lambda: jax.block_until_ready(gradient(*variables))

    if name == "cnn_step":
        x = jnp.asarray(rng.standard_normal((64, 28, 28, 1)).astype(np.float32))
        y = jnp.asarray(rng.integers(0, 10, 64))
        small = lambda *shape: jnp.asarray(0.05 * rng.standard_normal(shape).astype(np.float32))
        weights = [small(3, 3, 1, 32), jnp.zeros(32), small(3, 3, 32, 64), jnp.zeros(64), small(1600, 10), jnp.zeros(10)]

        def cnn_loss(w, x, y):
            for kernel, bias in ((w[0], w[1]), (w[2], w[3])):
                x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
                x = jax.lax.reduce_window(jax.nn.relu(x + bias), -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
            x = x.reshape(64, -1) @ w[4] + w[5]
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1))

        def cnn(w, slots, x, y):
            g = jax.grad(cnn_loss)(w, x, y)
            m = each(lambda m, g: m + 0.1 * (g - m), slots[0], g)
            v = each(lambda v, g: v + 0.001 * (g * g - v), slots[1], g)
            return each(lambda w, m, v: w - 1e-3 * m / (jnp.sqrt(v) + 1e-7), w, m, v), (m, v)

        jitted = jax.jit(cnn, donate_argnums=(0, 1))
        state = [weights, (each(jnp.zeros_like, weights), each(jnp.zeros_like, weights))]

        def run_cnn():
            state[:] = jitted(*state, x, y)
            jax.block_until_ready(state)

        return run_cnn

    if name in sequences.NAMES:
        return sequences.jax_step(name)

    base = name.removesuffix("_dw").removesuffix("_dx")
    if base in CONVOLUTIONS:
        side, channels, kernel, filters, same, groups = CONVOLUTIONS[base]
        x = jnp.asarray(rng.standard_normal((64, side, side, channels)).astype(np.float32))
        w = jnp.asarray(rng.standard_normal((kernel, kernel, channels // groups, filters)).astype(np.float32))
        conv = lambda x, w: jax.lax.conv_general_dilated(
            x, w, (1, 1), "SAME" if same else "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups)
        g = jnp.ones_like(conv(x, w))
        work = jax.jit({"_dw": lambda x, w: jax.vjp(lambda w: conv(x, w), w)[1](g),
                        "_dx": lambda x, w: jax.vjp(lambda x: conv(x, w), x)[1](g)}.get(name[len(base):], conv))
        return lambda: jax.block_until_ready(work(x, w))

    if name in ATTENTIONS:
        q, k, v, g = (jnp.asarray(rng.standard_normal((8, ATTENTIONS[name], 8, 64)).astype(np.float32)) for _ in range(4))
        attend = lambda q, k, v: jax.nn.dot_product_attention(q, k, v, is_causal=True)
        both = jax.jit(lambda q, k, v, g: (lambda y, vjp: (y, vjp(g)))(*jax.vjp(attend, q, k, v)))
        return lambda: jax.block_until_ready(both(q, k, v, g))

    if name == "hvp":
        x, y = map(jnp.asarray, data("mnist_step"))
        weights, direction = weights_of([784, 512, 10]), weights_of([784, 512, 10])
        slope = jax.grad(lambda w: loss_of(w, x, y, jnp.tanh, "cross_entropy"))
        product = jax.jit(lambda w, v: jax.jvp(slope, (w,), (v,))[1])
        return lambda: jax.block_until_ready(product(weights, direction))
    return None


def seconds_of(step, runs):
    begin = time.perf_counter()
    for _ in range(runs):
        step()
    return time.perf_counter() - begin


def runs_per_sample(step):
    """How many runs make a sample long enough."""
    seconds_of(step, 5)
    runs = 1
    while seconds_of(step, runs) < 0.02:
        runs *= 2
    return runs


def main():
    steps = {"torch": lambda name: torch_step(name, False), "torch_compile": lambda name: torch_step(name, True), "jax": jax_step}
    if framework not in steps:
        sys.exit(f"peers.py: unknown framework {framework!r}: {', '.join(steps)}")
    step, runs, per = None, 0, 1
    for line in sys.stdin:
        if name := line.strip():
            step, per = steps[framework](name), CHAIN if name == "scalar_op" else 1
            runs = runs_per_sample(step) if step else 0
            print("ready" if step else "none", flush=True)
        else:
            seconds_of(step, runs)  # threads that slept while the other process ran take a while to find their cores
            print(seconds_of(step, runs) / runs / per * 1e6, flush=True)


main()
