"""Writes audio.txt: WAV files of Python's and SciPy's, spectra of PyTorch's, mel bands of Keras's.

Needs keras, jax, torch and scipy. Usage: python make_audio.py
"""

import io
import os
import pathlib
import wave

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
import scipy.io.wavfile
import torch
from keras.src.backend.common import dtypes

from golden import Case, record, rng  # switches JAX to float64

keras.config.set_floatx("float64")
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # else Keras converts to float32 but on TensorFlow
HEADER = """\
# WAV files of Python's `wave` and SciPy {scipy}, spectra of PyTorch {torch}, mel bands of Keras {keras}
# (tests/reference/make_audio.py); do not edit. The format is that of ops.txt.
"""
CASES = []


def case(name, inputs, *outputs, **attrs):
    CASES.append(record(Case(name, inputs, None, attrs=attrs, order=0), {"out": list(outputs)}))


def wav(name, data, out, rate):
    case(f"wav/{name}", {"file": np.frombuffer(data, np.uint8).astype(np.int64)}, out, rate=rate)


def pcm(bits, channels, rate):
    lowest = -(2 ** (bits - 1))
    values = rng(f"pcm{bits}{channels}").integers(lowest, -lowest, (5, channels))
    values[0], values[1, 0] = lowest, -lowest - 1
    stored = values + 128 if bits == 8 else values
    file = io.BytesIO()
    with wave.open(file, "wb") as f:
        f.setnchannels(channels)
        f.setsampwidth(bits // 8)
        f.setframerate(rate)
        f.writeframes(b"".join(int(v).to_bytes(bits // 8, "little", signed=bits > 8) for v in stored.ravel()))
    wav(f"pcm{bits}_{channels}", file.getvalue(), (values / -lowest).astype(np.float32).astype(np.float64), rate)


for bits in (8, 16, 24, 32):
    pcm(bits, 1, 8000)
    pcm(bits, 3, 44100)
for dtype in (np.float32, np.float64):
    values = np.round(rng(str(dtype)).uniform(-1.5, 1.5, (4, 2)), 3).astype(dtype)
    file = io.BytesIO()
    scipy.io.wavfile.write(file, 16000, values)
    wav(np.dtype(dtype).name, file.getvalue(), values.astype(np.float32).astype(np.float64), 16000)


def signal(name, count):
    t = np.arange(count)
    return np.round(np.sin(0.3 * t + 1e-3 * t * t) + 0.2 * rng(name).uniform(-1, 1, count), 3)


def spectrum(x, length, step, n, window):
    """The frames' power by torch.stft, whose windows shorter than n stand in the middle of it: power is the same."""
    frames = torch.tensor(x).unfold(0, length, step) * window
    return torch.stft(torch.nn.functional.pad(frames, (0, n - length)), n, n, window=torch.ones(n, dtype=torch.float64),
                      center=False, return_complex=True)[..., 0].abs().square().numpy()


MADE = {"hann": torch.hann_window, "hamming": torch.hamming_window,
        "none": lambda n, dtype: torch.ones(n, dtype=dtype)}
for name, length, step, n in (("whole", 32, 16, 32), ("padded", 25, 10, 32), ("odd", 5, 7, 8)):
    for kind in ("hann", "hamming", "none"):
        window = MADE[kind](length, dtype=torch.float64)
        x = signal(name + kind, 80)
        case(f"spectrum/{name}_{kind}", {"signal": x}, window.numpy(), spectrum(x, length, step, n, window), window=kind,
             length=length, step=step, fft_length=n)
for name, mels, n, rate, low, high in (("small", 5, 32, 8000, 20, 4000), ("wide", 12, 128, 16000, 0, 7000),
                                       ("more_than_bins", 20, 32, 8000, 100, 3000)):
    layer = keras.layers.MelSpectrogram()
    bank = np.asarray(layer.linear_to_mel_weight_matrix(mels, n // 2 + 1, rate, low, high, dtype="float64"))
    x = signal(name, 400)
    power = spectrum(x, n, n // 2, n, torch.hamming_window(n, dtype=torch.float64))
    case(f"mel/{name}", {"signal": x}, bank, np.log(np.maximum(power @ bank, 0.1)), num_mels=mels, fft_length=n, rate=rate,
         low=low, high=high)

output = pathlib.Path(__file__).parent / "audio.txt"
output.write_text("\n".join([HEADER.format(scipy=scipy.__version__, torch=torch.__version__, keras=keras.__version__)] + CASES))
print(f"{len(CASES)} cases, {output.stat().st_size / 1024:.0f} KiB -> {output}")
