"""Recurrent layers, CTC and bags of words in PyTorch and JAX, for peers.py: forward and backward, without a gradient for the input."""

STEPS, BATCH, FEATURES, UNITS = 50, 32, 64, 128
NAMES = ("lstm", "gru", "ctc", "embedding")


def torch_step(name, compiled):
    import torch

    if name == "ctc":
        logits = torch.randn(50, 32, 20, requires_grad=True)
        labels, frames, lengths = torch.randint(1, 20, (32, 10)), torch.full((32,), 50), torch.full((32,), 10)
        loss_of = lambda: torch.nn.functional.ctc_loss(logits.log_softmax(2), labels, frames, lengths, reduction="sum") / 32
        if compiled:
            loss_of = torch.compile(loss_of)
        return lambda: torch.autograd.grad(loss_of(), logits)
    if name == "embedding":
        bag, words = torch.nn.EmbeddingBag(10000, 64, mode="mean", sparse=not compiled), torch.randint(0, 10000, (32, 200))
        loss_of = lambda: bag(words).sum()
        if compiled:  # what it makes of the rows and their mean
            loss_of = torch.compile(lambda: torch.nn.functional.embedding(words, bag.weight).mean(1).sum())

        def bags():
            bag.zero_grad(set_to_none=True)
            loss_of().backward()

        return bags
    if compiled:  # it leaves recurrent layers as they are
        return None
    layer = (torch.nn.LSTM if name == "lstm" else torch.nn.GRU)(FEATURES, UNITS, batch_first=True)
    x = torch.randn(BATCH, STEPS, FEATURES)

    def step():
        layer.zero_grad(set_to_none=True)
        layer(x)[0].sum().backward()

    return step


def jax_step(name):
    import jax
    import jax.numpy as jnp
    from jax import random

    if name == "ctc":
        return None  # JAX alone has no such loss
    if name == "embedding":
        table, words = random.normal(random.key(0), (10000, 64)), random.randint(random.key(1), (32, 200), 0, 10000)
        of_table = jax.jit(jax.value_and_grad(lambda table, words: table[words].mean(1).sum()))
        return lambda: jax.block_until_ready(of_table(table, words))
    blocks, keys = (4, random.split(random.key(0), 4)) if name == "lstm" else (3, random.split(random.key(0), 4))
    x = random.normal(keys[0], (STEPS, BATCH, FEATURES))
    weights = (0.05 * random.normal(keys[1], (FEATURES, blocks * UNITS)), 0.05 * random.normal(keys[2], (UNITS, blocks * UNITS)),
               jnp.zeros(blocks * UNITS), jnp.zeros(blocks * UNITS))

    def lstm(weights, x):
        _, u, _, b = weights

        def one(state, z):
            h, c = state
            i, f, g, o = jnp.split(z + h @ u + b, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zeros = jnp.zeros((BATCH, UNITS))
        return jax.lax.scan(one, (zeros, zeros), x @ weights[0] + weights[2])[1].sum()

    def gru(weights, x):
        _, u, _, b = weights

        def one(h, from_x):
            xz, xr, xn = jnp.split(from_x, 3, axis=-1)
            hz, hr, hn = jnp.split(h @ u + b, 3, axis=-1)
            z = jax.nn.sigmoid(xz + hz)
            h = z * h + (1 - z) * jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn)
            return h, h

        return jax.lax.scan(one, jnp.zeros((BATCH, UNITS)), x @ weights[0] + weights[2])[1].sum()

    gradient = jax.jit(jax.grad(lstm if name == "lstm" else gru))
    return lambda: jax.block_until_ready(gradient(weights, x))
