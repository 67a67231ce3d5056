"""Writes layers.txt: the layers, regularizers, initializers and constraints of Keras in float64, with gradients.

    KERAS_BACKEND=jax python3 make_layers.py > layers.txt
"""

import os

os.environ |= {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1"}

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers, regularizers
from keras.src.backend.common import dtypes

keras.config.set_floatx("float64")
dtypes.BIT64_TO_BIT32_DTYPE.clear()  # Keras rounds what some of its ops give to float32, whatever floatx is
assert keras.ops.tanh(np.ones(1)).dtype == "float64"

print(f"# Keras {keras.__version__} on JAX {jax.__version__} in float64 (tests/reference/make_layers.py); do not edit. The format is that of\n"
      "# ops.txt. `in x`, then the weights in Keras's order; `out 0` the result in training where `attr training 1`, else without, and\n"
      "# for a layer with moving statistics those after the call; gradients of the sum of weight * out 0.\n")


def text(values):
    return " ".join(repr(float(v)) if float(v) != int(v) else str(int(v)) for v in np.asarray(values).ravel())


def line(kind, name, values):
    values = np.asarray(values)
    kind_of = {"i": "int64", "b": "bool"}.get(values.dtype.kind, "float64")
    print(f"{kind} {name} {kind_of} [{','.join(map(str, values.shape))}] : {text(values)}".rstrip())


def numbers(name, shape, low=-2, high=2):
    generator = np.random.default_rng(abs(hash_of(name)))
    return np.round(generator.uniform(low, high, shape), 3)


def hash_of(name):
    import zlib
    return zlib.crc32(name.encode())


def ramp(n):
    return ((5 * np.arange(n) + 3) % 13 - 6) / 4 + 0.125


def case(name, layer, x, training=False):
    layer.build((None,) + x.shape[1:])
    for i, w in enumerate(layer.weights):
        low, high = (0.2, 2) if "variance" in w.path else (-1, 1)
        w.assign(numbers(f"{name}{i}", w.shape, low, high))
    trainable = [jnp.asarray(w.value) for w in layer.trainable_variables]
    others = [jnp.asarray(w.value) for w in layer.non_trainable_variables]
    floating = x.dtype.kind == "f"

    def value(x, trainable):
        out, after = layer.stateless_call(trainable, others, x, **({"training": True} if training else {}))
        return jnp.sum(out * ramp(out.size).reshape(out.shape)), (out, after)

    print(f"case {name}")
    if training:
        print("attr training 1")
    line("in", "x", x)
    for i, w in enumerate(layer.weights):
        line("in", f"w{i}", w.value)
    (_, (out, after)), grads = jax.value_and_grad(value, argnums=(0, 1) if floating else (1,), has_aux=True)(jnp.asarray(x), trainable)
    line("out", 0, out)
    if training:
        for i, v in enumerate(after):
            line("out", i + 1, v)
    if floating:
        line("grad", "x", grads[0])
    for i, g in enumerate(grads[-1]):
        line("grad", f"w{i}", g)
    print()


def attention_case(name, layer, query, value, key=None, mask=None, causal=False):
    """With the scores asked for, which keeps Keras from a path that rounds to float32."""
    operands = [query, value] + ([] if key is None else [key])
    layer.build(*(v.shape for v in operands))
    for i, w in enumerate(layer.weights):
        w.assign(numbers(f"{name}{i}", w.shape, -1, 1))

    def value_of(operands, trainable):
        query, value, *key = operands
        (out, scores), _ = layer.stateless_call(trainable, [], query, value, *key, attention_mask=mask, use_causal_mask=causal,
                                                return_attention_scores=True)
        return jnp.sum(out * ramp(out.size).reshape(out.shape)), (out, scores)

    print(f"case {name}")
    if causal:
        print("attr causal 1")
    for what, v in zip(("query", "value", "key"), operands):
        line("in", what, v)
    for i, w in enumerate(layer.weights):
        line("in", f"w{i}", w.value)
    if mask is not None:
        line("in", "mask", mask)
    trainable = [jnp.asarray(w.value) for w in layer.trainable_variables]
    (_, results), (slopes, grads) = jax.value_and_grad(value_of, argnums=(0, 1), has_aux=True)([jnp.asarray(v) for v in operands], trainable)
    for i, result in enumerate(results):
        line("out", i, result)
    for what, g in zip(("query", "value", "key"), slopes):
        line("grad", what, g)
    for i, g in enumerate(grads):
        line("grad", f"w{i}", g)
    print()


x = numbers("x", (4, 5))
cube = numbers("cube", (3, 4, 5))
image = numbers("image", (2, 3, 4, 2))
case("dense/plain", layers.Dense(3), x)
for f in ["relu", "tanh", "sigmoid", "softmax", "gelu", "selu", "silu", "elu", "leaky_relu", "exponential", "hard_sigmoid", "mish", "softplus", "softsign",
          "log_softmax", "log_sigmoid", "hard_silu", "linear", "celu", "hard_shrink", "hard_tanh", "relu6", "soft_shrink", "sparse_plus",
          "sparse_sigmoid", "squareplus", "tanh_shrink"]:
    case(f"dense/{f}", layers.Dense(3, activation=f), x)
case("dense/no_bias", layers.Dense(3, use_bias=False), x)
case("dense/cube", layers.Dense(2, activation="tanh"), cube)
case("embedding/plain", layers.Embedding(6, 3), np.array([[0, 5, 2], [2, 2, 1]]))
case("activation/softmax", layers.Activation("softmax"), x)
case("activation/glu", layers.Activation("glu"), image)
case("relu/settings", layers.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.1), x)
case("leaky_relu/plain", layers.LeakyReLU(), x)
case("elu/plain", layers.ELU(0.5), x)
case("prelu/plain", layers.PReLU(), x)
case("prelu/shared", layers.PReLU(shared_axes=[1]), cube)
case("softmax/axis1", layers.Softmax(axis=1), cube)
case("flatten/cube", layers.Flatten(), cube)
case("reshape/cube", layers.Reshape((2, -1)), cube)
case("permute/cube", layers.Permute((2, 1)), cube)
case("repeat_vector/plain", layers.RepeatVector(3), x)
case("batch_normalization/inference", layers.BatchNormalization(), x)
case("batch_normalization/training", layers.BatchNormalization(momentum=0.9), x, training=True)
case("batch_normalization/image", layers.BatchNormalization(), image, training=True)
case("batch_normalization/axis1", layers.BatchNormalization(axis=1, epsilon=0.01), image, training=True)
case("batch_normalization/bare", layers.BatchNormalization(center=False, scale=False), x, training=True)
case("layer_normalization/plain", layers.LayerNormalization(), x)
case("layer_normalization/axes", layers.LayerNormalization(axis=[1, 2], epsilon=0.01), cube)
case("layer_normalization/axis1", layers.LayerNormalization(axis=1), cube)

steps, picture = numbers("steps", (2, 6, 4)), numbers("picture", (2, 5, 6, 4))
case("conv1d/plain", layers.Conv1D(3, 2, activation="tanh"), steps)
case("conv1d/causal", layers.Conv1D(3, 2, padding="causal", dilation_rate=2), steps)
case("conv1d/same", layers.Conv1D(3, 3, strides=2, padding="same", use_bias=False), steps)
case("conv2d/plain", layers.Conv2D(3, 2), picture)
case("conv2d/same", layers.Conv2D(3, (3, 2), padding="same", activation="relu"), picture)
case("conv2d/strides", layers.Conv2D(3, 3, strides=(2, 3), padding="same"), picture)
case("conv2d/dilation", layers.Conv2D(3, 2, padding="same", dilation_rate=(2, 3)), picture)
case("conv2d/groups", layers.Conv2D(6, 2, groups=2), picture)
case("conv2d/channels_first", layers.Conv2D(3, 2, strides=2, data_format="channels_first"), image)
case("conv1d_transpose/plain", layers.Conv1DTranspose(3, 3, strides=2), steps)
case("conv1d_transpose/gaps", layers.Conv1DTranspose(3, 2, strides=3), steps)
case("conv2d_transpose/plain", layers.Conv2DTranspose(3, 2), picture)
case("conv2d_transpose/strides", layers.Conv2DTranspose(3, (3, 2), strides=2), picture)
case("conv2d_transpose/same", layers.Conv2DTranspose(3, 3, strides=2, padding="same"), picture)
case("conv2d_transpose/same_even", layers.Conv2DTranspose(3, 4, strides=(2, 3), padding="same"), picture)
case("conv2d_transpose/same_narrow", layers.Conv2DTranspose(3, 2, strides=3, padding="same"), picture)
case("conv1d_transpose/output_padding", layers.Conv1DTranspose(3, 3, strides=3, output_padding=1), steps)
case("conv2d_transpose/output_padding", layers.Conv2DTranspose(3, (2, 3), strides=(3, 2), output_padding=(2, 0)), picture)
case("conv2d_transpose/output_padding_same", layers.Conv2DTranspose(3, (3, 4), strides=(2, 3), padding="same", output_padding=(1, 2)), picture)
case("conv2d_transpose/output_padding_one", layers.Conv2DTranspose(3, 1, strides=3, padding="same", output_padding=2), picture)
case("conv2d_transpose/dilation", layers.Conv2DTranspose(3, 2, dilation_rate=2), picture)
case("depthwise_conv1d/plain", layers.DepthwiseConv1D(2, depth_multiplier=2), steps)
case("depthwise_conv2d/plain", layers.DepthwiseConv2D((2, 3)), picture)
case("depthwise_conv2d/multiplier", layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2), picture)
case("separable_conv1d/plain", layers.SeparableConv1D(3, 2, depth_multiplier=2), steps)
case("separable_conv2d/plain", layers.SeparableConv2D(3, 2, padding="same", activation="relu"), picture)
case("max_pooling1d/plain", layers.MaxPooling1D(), steps)
case("max_pooling2d/plain", layers.MaxPooling2D(), picture)
case("max_pooling2d/same", layers.MaxPooling2D(3, strides=2, padding="same"), picture)
case("max_pooling2d/channels_first", layers.MaxPooling2D((1, 2), data_format="channels_first"), image)
case("average_pooling1d/same", layers.AveragePooling1D(3, strides=2, padding="same"), steps)
case("average_pooling2d/plain", layers.AveragePooling2D((2, 3), strides=1), picture)
case("average_pooling2d/same", layers.AveragePooling2D(2, padding="same"), picture)
case("global_max_pooling1d/plain", layers.GlobalMaxPooling1D(), steps)
case("global_max_pooling2d/keepdims", layers.GlobalMaxPooling2D(keepdims=True), picture)
case("global_average_pooling1d/plain", layers.GlobalAveragePooling1D(), steps)
case("global_average_pooling2d/channels_first", layers.GlobalAveragePooling2D(data_format="channels_first"), image)
case("zero_padding1d/plain", layers.ZeroPadding1D((1, 2)), steps)
case("zero_padding2d/plain", layers.ZeroPadding2D(((1, 0), (2, 1))), picture)
case("zero_padding2d/both", layers.ZeroPadding2D((1, 2)), picture)
case("cropping1d/plain", layers.Cropping1D((1, 2)), steps)
case("cropping2d/plain", layers.Cropping2D(((1, 0), (0, 2))), picture)
case("up_sampling1d/plain", layers.UpSampling1D(2), steps)
case("up_sampling2d/plain", layers.UpSampling2D((2, 3)), picture)

# x [2, 6, 4]; `gaps` has steps of zeros, which Masking masks
gaps = steps.copy()
gaps[0, 0] = gaps[0, 4:] = gaps[1, 2] = 0
for name, kind in (("simple_rnn", layers.SimpleRNN), ("lstm", layers.LSTM), ("gru", layers.GRU)):
    case(f"{name}/plain", kind(3), steps)
    case(f"{name}/sequences", kind(3, return_sequences=True), steps)
    case(f"{name}/backwards", kind(3, return_sequences=True, go_backwards=True), steps)
    case(f"{name}/relu", kind(3, activation="relu", use_bias=False), steps)
    case(f"{name}/masked", keras.Sequential([layers.Masking(), kind(3)]), gaps)
    case(f"{name}/masked_sequences", keras.Sequential([layers.Masking(), kind(3, return_sequences=True)]), gaps)
    case(f"{name}/zero_output", keras.Sequential([layers.Masking(), kind(3, return_sequences=True, zero_output_for_mask=True)]), gaps)
case("lstm/hard", layers.LSTM(3, recurrent_activation="hard_sigmoid"), steps)
case("gru/before", layers.GRU(3, reset_after=False, return_sequences=True), steps)
case("gru/before_masked", keras.Sequential([layers.Masking(), layers.GRU(3, reset_after=False)]), gaps)
case("rnn/cell", layers.RNN(layers.LSTMCell(3), return_sequences=True), steps)
case("bidirectional/concat", layers.Bidirectional(layers.LSTM(3)), steps)
case("bidirectional/sequences", layers.Bidirectional(layers.GRU(3, return_sequences=True)), steps)
case("bidirectional/sum", layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True), merge_mode="sum"), steps)
case("bidirectional/mul", layers.Bidirectional(layers.SimpleRNN(3), merge_mode="mul"), steps)
case("bidirectional/ave", layers.Bidirectional(layers.SimpleRNN(3), merge_mode="ave"), steps)
case("bidirectional/masked", keras.Sequential([layers.Masking(), layers.Bidirectional(layers.LSTM(3, return_sequences=True))]), gaps)
case("stacked/masked", keras.Sequential([layers.Masking(), layers.LSTM(3, return_sequences=True), layers.GRU(2)]), gaps)
case("embedding/masked", keras.Sequential([layers.Embedding(6, 3, mask_zero=True), layers.LSTM(2)]), np.array([[0, 5, 2, 0], [2, 2, 0, 1]]))
case("time_distributed/plain", layers.TimeDistributed(layers.Dense(3, activation="tanh")), steps)

texts, others = numbers("texts", (2, 4, 5)), numbers("others", (2, 3, 6))
keys = np.array([[1, 1, 0], [1, 0, 1]], dtype=bool)
attend = layers.MultiHeadAttention
attention_case("multi_head_attention/self", attend(2, 3), texts, texts)
attention_case("multi_head_attention/causal", attend(2, 3, value_dim=2), texts, texts, causal=True)
attention_case("multi_head_attention/cross", attend(2, 3, value_dim=4, output_shape=7, use_bias=False), texts, others)
attention_case("multi_head_attention/key", attend(1, 2), texts, others, numbers("keys", (2, 3, 2)))
attention_case("multi_head_attention/mask", attend(2, 3), texts, others, mask=np.broadcast_to(keys[:, None], (2, 4, 3)))
attention_case("multi_head_attention/mask_of_heads", attend(2, 3), texts, others,
               mask=np.broadcast_to(np.array([[1, 1, 0], [0, 1, 1]], dtype=bool)[:, None], (2, 2, 4, 3)))

w = numbers("weight", (4, 3))
for name, r in [("l1", regularizers.L1()), ("l2", regularizers.L2(0.3)), ("l1_l2", regularizers.L1L2(0.1, 0.2)),
                ("orthogonal_rows", regularizers.OrthogonalRegularizer(0.5)),
                ("orthogonal_columns", regularizers.OrthogonalRegularizer(0.5, "columns"))]:
    value, grad = jax.value_and_grad(lambda v: jnp.sum(r(v)))(jnp.asarray(w))
    print(f"case regularizer/{name}")
    line("in", "x", w)
    line("out", 0, value)
    line("grad", "x", grad)
    print()
for name, kernel in [("stft", keras.initializers.STFT()), ("stft/imag", keras.initializers.STFT("imag", "hamming", "spectrum")),
                     ("stft/periodic", keras.initializers.STFT(window="blackman", scaling=None, periodic=True)),
                     ("stft/bare", keras.initializers.STFT("imag", None))]:
    print(f"case initializer/{name.replace('/', '_')}")
    line("out", 0, kernel((6, 1, 5), "float64"))
    print()
for name, c in [("max_norm", keras.constraints.MaxNorm(1.5)), ("non_neg", keras.constraints.NonNeg()), ("unit_norm", keras.constraints.UnitNorm()),
                ("unit_norm_rows", keras.constraints.UnitNorm(axis=1)), ("min_max_norm", keras.constraints.MinMaxNorm(1.0, 2.0, rate=0.7))]:
    print(f"case constraint/{name}")
    line("in", "x", w)
    line("out", 0, c(jnp.asarray(w)))
    print()
