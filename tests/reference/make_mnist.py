"""Writes mnist.txt: what PyTorch reaches on the embedded digits with the network and rule of the mnist example.

784-512-10, relu, RMSprop(1e-3, rho 0.9, epsilon 1e-7 inside the root, as Keras has it), Glorot-uniform weights, zero
biases, inputs / 255, softmax cross-entropy, batches of 128 in a new order every epoch (the last one is smaller), 5
epochs; trained on the first 9,000 of the 10,000 digits and tested on the other 1,000; float32; five seeds.
Usage: python make_mnist.py [FOLDER_OF_THE_DIGITS]
"""

import gzip
import pathlib
import statistics
import sys

import numpy as np
import torch

torch.set_num_threads(1)

HERE = pathlib.Path(__file__).parent
SEEDS, EPOCHS, BATCH, TRAINED = (1, 2, 3, 4, 5), 5, 128, 9000


def idx(path, skip):
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=skip)


def digits(folder):
    images = idx(folder / "train10k-images-idx3-ubyte.gz", 16).reshape(-1, 784).astype(np.float32) / 255
    labels = idx(folder / "train10k-labels-idx1-ubyte.gz", 8).astype(np.int64)
    return torch.from_numpy(images), torch.from_numpy(labels)


def glorot_uniform(generator, fan_in, fan_out):
    limit = (6 / (fan_in + fan_out)) ** 0.5
    return ((torch.rand(fan_in, fan_out, generator=generator) * 2 - 1) * limit).requires_grad_()


def accuracy(parameters, x, labels):
    w1, b1, w2, b2 = parameters
    with torch.no_grad():
        return (torch.argmax(torch.relu(x @ w1 + b1) @ w2 + b2, 1) == labels).double().mean().item()


def train(seed, x, labels):
    generator = torch.Generator().manual_seed(seed)
    w1, w2 = glorot_uniform(generator, 784, 512), glorot_uniform(generator, 512, 10)
    parameters = [w1, torch.zeros(512, requires_grad=True), w2, torch.zeros(10, requires_grad=True)]
    velocities = [torch.zeros_like(p) for p in parameters]
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x), generator=generator).split(BATCH):
            w1, b1, w2, b2 = parameters
            logits = torch.relu(x[rows] @ w1 + b1) @ w2 + b2
            grads = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, labels[rows]), parameters)
            with torch.no_grad():
                for p, g, v in zip(parameters, grads, velocities):
                    v.mul_(0.9).addcmul_(g, g, value=0.1)
                    p.addcdiv_(g, torch.sqrt(v + 1e-7), value=-1e-3)
    return parameters


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "../../src/data/mnist_10k"
    x, labels = digits(folder)
    reached = []
    for seed in SEEDS:
        parameters = train(seed, x[:TRAINED], labels[:TRAINED])
        reached.append(accuracy(parameters, x[TRAINED:], labels[TRAINED:]))
        print(f"seed {seed}: {reached[-1]:.4f}", flush=True)
    mean, deviation = statistics.mean(reached), statistics.stdev(reached)
    lines = [
        "# Accuracy on the last 1,000 of the 10,000 digits after 5 epochs on the first 9,000,",
        f"# from PyTorch {torch.__version__.split('+')[0]} (tests/reference/make_mnist.py); do not edit.",
        "# The standard deviation is that of the sample (n - 1).",
        "seeds " + " ".join(str(s) for s in SEEDS),
        "accuracy " + " ".join(f"{a:.4f}" for a in reached),
        f"mean {mean:.5f}",
        f"stddev {deviation:.5f}",
    ]
    (HERE / "mnist.txt").write_text("\n".join(lines) + "\n")
    print(f"mean {mean:.5f}, standard deviation {deviation:.5f}")


main()
