"""Prints what Keras's summary() shows, as tests/view/summary.cpp has it.  KERAS_BACKEND=jax COLUMNS=80 python3 make_summary.py"""

import keras
from keras import layers

for length in (88, 76):
    keras.backend.clear_session()
    model = keras.Sequential([layers.Dense(512, activation="relu"), layers.Dropout(0.5), layers.BatchNormalization(),
                              layers.Dense(10, activation="softmax", name="a_layer_with_quite_a_long_name")])
    model.build((None, 784))
    model.layers[0].trainable = False
    model.summary(line_length=length)
