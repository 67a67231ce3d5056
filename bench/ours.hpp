#pragma once
// The workloads, written with the library as a user would write them. Each function makes one step to be timed.

#include <functional>
#include <string>
#include <vector>

namespace bench {

/// One step of a workload; it owns what it works on.
using Step = std::function<void()>;

/// 784-512-10, relu, softmax cross-entropy, batch 128, RMSprop.
Step mnist_step();
/// 784-512-512-10, batch 128, Adam.
Step adam_step();
/// 784-512-512-10, batch 512, SGD.
Step sgd512_step();
/// 4-32-32-3, tanh, softmax cross-entropy, batch 32, SGD.
Step tiny_step();
/// 3 × 3 convolutions with 32 and 64 filters, each pooled by halves, and ten outputs; batch 64, Adam.
Step cnn_step();
/// 13-64-64-1, relu, mean squared error, batch 16, RMSprop.
Step boston_step();
/// LSTM and GRU of 64 features and 128 units, 50 steps, batch 32, all outputs summed: forward and backward.
Step lstm_step();
Step gru_step();
/// CTC from logits: 50 frames, batch 32, 20 classes, 10 labels: forward and backward.
Step ctc_step();
/// Means of 32 bags of 200 rows of a table 10000 × 64: forward and backward.
Step embedding_step();
/// y = y · x on one element, 200 times: record, forward, backward, drop. The time is of all 200.
Step scalar_chain();
/// Hessian-vector product of 784-512-10, tanh, batch 128.
Step hvp_step();
/// The gradient of the same loss.
Step hvp_gradient_step();
/// Causal attention over 8 texts in 8 heads of 64, forward and backward.
Step attention_step(std::int64_t length);

}  // namespace bench
