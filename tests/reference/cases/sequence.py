"""Losses and layers over time: CTC, recurrent networks."""

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


def cases():
    yield from ctc_cases()
