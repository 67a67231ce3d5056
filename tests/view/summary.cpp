// The table as Keras prints it (tests/reference/make_summary.py).

#include "xgrad/view/summary.hpp"

#include <doctest/doctest.h>

#include "xgrad/nn/layers.hpp"
#include "xgrad/nn/sequential_body.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/softmax.hpp"

using namespace xgrad;

namespace {

Layer network() {
  reset_layer_names();
  const Dense first{512, {.activation = relu}};
  const Layer model = make_layer<SequentialBody>(
      std::vector<Layer>{first, Dropout{0.5}, BatchNormalization{},
                         Dense{10, {.activation = softmax, .name = "a_layer_with_quite_a_long_name"}}},
      "sequential");
  model.build({784});
  first.set_trainable(false);
  return model;
}

const char* const wide = R"(Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ dense (Dense)                        │ (None, 512)                 │         401,920 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dropout (Dropout)                    │ (None, 512)                 │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ batch_normalization                  │ (None, 512)                 │           2,048 │
│ (BatchNormalization)                 │                             │                 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ a_layer_with_quite_a_long_name       │ (None, 10)                  │           5,130 │
│ (Dense)                              │                             │                 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 409,098 (1.56 MB)
 Trainable params: 6,154 (24.04 KB)
 Non-trainable params: 402,944 (1.54 MB)
)";

const char* const narrow = R"(Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                   │ (None, 512)            │       401,920 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dropout (Dropout)               │ (None, 512)            │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization             │ (None, 512)            │         2,048 │
│ (BatchNormalization)            │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ a_layer_with_quite_a_long_name  │ (None, 10)             │         5,130 │
│ (Dense)                         │                        │               │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 409,098 (1.56 MB)
 Trainable params: 6,154 (24.04 KB)
 Non-trainable params: 402,944 (1.54 MB)
)";

}  // namespace

TEST_CASE("a summary, wide and narrow, as Keras prints it") {
  CHECK(summary(network(), {.line_length = 88}) == wide);
  CHECK(summary(network(), {.line_length = 76}) == narrow);
}

TEST_CASE("a summary before the model is built, with an optimizer, and of what stands inside") {
  reset_layer_names();
  const Layer model = make_layer<SequentialBody>(std::vector<Layer>{Dense{3}, Add{Dense{3}, Dense{3}}});
  CHECK(summary(model).find("0 (unbuilt)") != std::string::npos);
  model.build({4});
  const std::string text = summary(model, {.optimizer_params = 41, .expand_nested = true});
  CHECK(text.find("└ dense_1 (Dense)") != std::string::npos);
  CHECK(text.find(" Total params: 80 (320.00 B)\n") != std::string::npos);
  CHECK(text.find(" Trainable params: 39 (156.00 B)\n") != std::string::npos);
  CHECK(text.find(" Non-trainable params: 0 (0.00 B)\n Optimizer params: 41 (164.00 B)\n") != std::string::npos);
}
