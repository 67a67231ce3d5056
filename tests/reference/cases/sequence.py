"""Losses and layers over time: CTC, recurrent networks, attention."""

import jax
import jax.numpy as jnp
import numpy as np
import torch

from golden import Case, uniform


def j_ctc(x, labels, frames, lengths, blank=0):
    """The recursion of Graves et al. over the states blank, label, blank, ..., one sample after the other."""
    losses = []
    for i in range(x.shape[0]):
        states = [blank]
        for label in np.asarray(labels[i, : int(lengths[i])]):
            states += [int(label), blank]
        skip = np.array([s > 1 and states[s] != blank and states[s] != states[s - 2] for s in range(len(states))])
        logs, never = jax.nn.log_softmax(x[i], -1), -1e300
        alpha = jnp.full(len(states), never).at[0].set(logs[0, blank])
        if len(states) > 1:
            alpha = alpha.at[1].set(logs[0, states[1]])
        for t in range(1, int(frames[i])):
            step = jnp.concatenate([jnp.full(1, never), alpha])[: len(states)]
            leap = jnp.where(skip, jnp.concatenate([jnp.full(2, never), alpha])[: len(states)], never)
            alpha = jax.nn.logsumexp(jnp.stack([alpha, step, leap]), 0) + logs[t, np.array(states)]
        losses.append(-jax.nn.logsumexp(alpha[-2:]))
    return jnp.stack(losses)


def t_ctc(x, labels, frames, lengths, blank=0):
    logs = torch.log_softmax(x, -1).transpose(0, 1)
    return torch.nn.functional.ctc_loss(logs, labels, frames, lengths, blank=blank, reduction="none")


def t_ctc_twice(x, labels, frames, lengths, blank=0):
    """The same recursion in PyTorch, whose own loss has no second derivative."""
    losses = []
    for i in range(x.shape[0]):
        states = [blank]
        for label in labels[i, : int(lengths[i])].tolist():
            states += [label, blank]
        logs, never = torch.log_softmax(x[i], -1), -1e300
        alpha = [logs[0, label] for label in states[:2]]
        alpha += [torch.tensor(never, dtype=torch.float64)] * (len(states) - len(alpha))
        for t in range(1, int(frames[i])):
            after = []
            for s, label in enumerate(states):
                from_here = alpha[max(0, s - 1) : s + 1]
                if s > 1 and label != blank and label != states[s - 2]:
                    from_here = alpha[s - 2 : s + 1]
                after.append(torch.logsumexp(torch.stack(from_here), 0) + logs[t, label])
            alpha = after
        losses.append(-torch.logsumexp(torch.stack(alpha[-2:]), 0))
    return torch.stack(losses)


def ctc_cases():
    variants = {
        "plain": ([[1, 2, 3], [3, 1, 2]], [6, 6], [3, 3], 0),
        "repeats": ([[1, 1, 2], [2, 2, 2]], [6, 6], [3, 3], 0),
        "lengths": ([[1, 2, 3], [3, 3, 1]], [6, 4], [3, 2], 0),
        "empty": ([[1, 2, 3], [2, 1, 1]], [6, 5], [0, 1], 0),
        "last_blank": ([[0, 2, 1], [2, 2, 0]], [6, 6], [3, 3], 3),
    }
    for name, (labels, frames, lengths, blank) in variants.items():
        for order, in_torch in ((1, t_ctc), (2, t_ctc_twice)):
            case = f"ctc_loss/{name}" + ("_twice" if order == 2 else "")
            yield Case(
                case,
                {
                    "logits": uniform(f"ctc_loss/{name}", (2, 6, 4), -3, 3),
                    "labels": np.array(labels, dtype=np.int64),
                    "frames": np.array(frames, dtype=np.int64),
                    "lengths": np.array(lengths, dtype=np.int64),
                },
                lambda x, y, f, n, call=in_torch, b=blank: call(x, y, f, n, b),
                lambda x, y, f, n, b=blank: j_ctc(x, y, f, n, b),
                {"blank": blank},
                order=order,
            )


def t_lstm(x, w, u, b, h, c):
    """PyTorch's own; its gates stand in our order (i, f, g, o), its kernels transposed."""
    hs, cs = [], []
    for step in x:
        h, c = torch._VF.lstm_cell(step, (h, c), w.T.contiguous(), u.T.contiguous(), b, torch.zeros_like(b))
        hs.append(h)
        cs.append(c)
    return torch.stack(hs), torch.stack(cs)


def j_lstm(x, w, u, b, h, c):
    hs, cs = [], []
    for step in x:
        i, f, g, o = jnp.split(step @ w + h @ u + b, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        hs.append(h)
        cs.append(c)
    return jnp.stack(hs), jnp.stack(cs)


def t_gru(x, w, u, b, h):
    """PyTorch's own; its gates are (r, z, n), its update the other way round than its z's name says, as ours."""
    units = u.shape[0]

    def reorder(a):
        z, r, n = torch.split(a, units, dim=-1)
        return torch.cat([r, z, n], dim=-1)

    hs = []
    for step in x:
        h = torch._VF.gru_cell(step, h, reorder(w).T.contiguous(), reorder(u).T.contiguous(), reorder(b[0]), reorder(b[1]))
        hs.append(h)
    return torch.stack(hs)


def j_gru(x, w, u, b, h):
    hs = []
    for step in x:
        xz, xr, xn = jnp.split(step @ w + b[0], 3, axis=-1)
        hz, hr, hn = jnp.split(h @ u + b[1], 3, axis=-1)
        z, r = jax.nn.sigmoid(xz + hz), jax.nn.sigmoid(xr + hr)
        h = z * h + (1 - z) * jnp.tanh(xn + r * hn)
        hs.append(h)
    return jnp.stack(hs)


def recurrent_cases():
    for steps, n, features, units in ((3, 2, 3, 2), (5, 1, 2, 4)):
        name = f"{steps}x{n}x{features}x{units}"
        for op, blocks, in_torch, in_jax in (("lstm", 4, t_lstm, j_lstm), ("gru", 3, t_gru, j_gru)):
            case = f"{op}/{name}"
            inputs = {
                "x": uniform(case + "x", (steps, n, features)),
                "kernel": uniform(case + "w", (features, blocks * units), -1, 1),
                "recurrent_kernel": uniform(case + "u", (units, blocks * units), -1, 1),
                "bias": uniform(case + "b", (4 * units,) if op == "lstm" else (2, 3 * units), -1, 1),
                "h": uniform(case + "h", (n, units), -1, 1),
            }
            if op == "lstm":
                inputs["c"] = uniform(case + "c", (n, units), -1, 1)
            yield Case(case, inputs, in_torch, in_jax)


def t_attention(q, k, v, mask=None, causal=False, scale=None):
    """PyTorch's own, by its path that has second derivatives."""
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, mask, is_causal=causal, scale=scale)


def j_attention(q, k, v, mask=None, causal=False, scale=None):
    """Written out, as jax.nn.dot_product_attention takes its softmax in float32."""
    scores = q @ k.swapaxes(-1, -2) * (1 / np.sqrt(q.shape[-1]) if scale is None else scale)
    allowed = jnp.ones(scores.shape, dtype=bool) if mask is None else jnp.broadcast_to(mask, scores.shape)
    if causal:
        allowed = jnp.tril(allowed)
    return jax.nn.softmax(jnp.where(allowed, scores, -jnp.inf), -1) @ v


def attention_cases():
    self_sizes, cross_sizes = (2, 2, 4, 4, 3, 3), (1, 2, 3, 5, 2, 4)
    variants = {
        "plain": (self_sizes, None, {}),
        "cross": (cross_sizes, None, {}),
        "causal": (self_sizes, None, {"causal": True}),
        "scale": (cross_sizes, None, {"scale": 0.3}),
        "mask": (self_sizes, [[1, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 1], [0, 0, 1, 0]], {}),
        "keys": (cross_sizes, [[1, 1, 0, 1, 0]], {}),
    }
    for name, ((n, heads, rows, columns, depth, values), mask, options) in variants.items():
        case = f"attention/{name}"
        inputs = {
            "q": uniform(case + "/q", (n, heads, rows, depth)),
            "k": uniform(case + "/k", (n, heads, columns, depth)),
            "v": uniform(case + "/v", (n, heads, columns, values)),
        }
        if mask is not None:
            inputs["mask"] = np.array(mask, dtype=bool)[None, None]
        yield Case(
            case,
            inputs,
            lambda *x, o=options: t_attention(*x, **o),
            lambda *x, o=options: j_attention(*x, **o),
            options,
        )


def cases():
    yield from ctc_cases()
    yield from recurrent_cases()
    yield from attention_cases()
