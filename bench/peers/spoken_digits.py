"""The network of examples/18_spoken_digits.cpp in PyTorch, on the same digit strings.

    build/examples/spoken_digits 6 3000 1 digits.npz     writes them
    python3 spoken_digits.py digits.npz [EPOCHS] [SEED] [THREADS]   prints the label error rate after each epoch

The weights begin as Keras's do (and ours): kernels by Glorot, recurrent kernels orthogonal, the forget gate's bias 1.
"""

import sys

import numpy as np
import torch
from torch import nn

data = np.load(sys.argv[1])
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 6
torch.manual_seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else 2)


class Network(nn.Module):
    def __init__(self, bands):
        super().__init__()
        self.lstm = nn.LSTM(bands, 64, num_layers=2, bidirectional=True, batch_first=True)
        self.dense = nn.Linear(128, 11)
        for name, p in self.lstm.named_parameters():
            gates = p.data.view(4, 64, *p.shape[1:])  # input, forget, cell, output
            if "bias" in name:
                p.data.zero_()
                if "bias_ih" in name:
                    gates[1] = 1
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(p.data)
            else:
                nn.init.orthogonal_(p.data)
        nn.init.xavier_uniform_(self.dense.weight)
        nn.init.zeros_(self.dense.bias)

    def forward(self, x):
        return self.dense(self.lstm(x)[0])


def loss_of(logits, y):
    frames = torch.full((len(y),), logits.shape[1])
    losses = nn.functional.ctc_loss(logits.log_softmax(-1).transpose(0, 1), y, frames, (y > 0).sum(1), reduction="none")
    return losses.mean()


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        before, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            before, row[j + 1] = row[j + 1], min(before + (x != y), row[j + 1] + 1, row[j] + 1)
    return row[-1]


def label_error_rate(logits, rows):
    errors = labels = 0
    for path, row in zip(logits.argmax(-1).tolist(), rows.tolist()):
        wanted = [k for k in row if k > 0]
        read = [k for i, k in enumerate(path) if k > 0 and (i == 0 or k != path[i - 1])]
        errors, labels = errors + distance(read, wanted), labels + len(wanted)
    return errors / labels


x, y, x_test, y_test = (torch.tensor(data[k]) for k in ("x_train", "y_train", "x_test", "y_test"))
model = Network(x.shape[2])
optimizer = torch.optim.Adam(model.parameters(), lr=0.002, eps=1e-7)
for epoch in range(epochs):
    order, total = torch.randperm(len(x)), 0.0
    for batch in order.split(32):
        optimizer.zero_grad()
        loss = loss_of(model(x[batch]), y[batch])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        total += loss.item() * len(batch)
    with torch.no_grad():
        logits = torch.cat([model(part) for part in x_test.split(100)])
        print(f"epoch {epoch + 1}: loss {total / len(x):.4f}; test: label error rate {label_error_rate(logits, y_test):.4f}, "
              f"loss {loss_of(logits, y_test).item():.4f}", flush=True)
