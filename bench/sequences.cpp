// Sequences: recurrent layers, CTC and bags of words, forward and backward, without a gradient for the input.

#include <memory>

#include "ours.hpp"
#include "xgrad/xgrad.hpp"

namespace bench {

using namespace xgrad;

namespace {

constexpr std::int64_t kSteps = 50, kBatch = 32, kFeatures = 64, kUnits = 128;

template <class Layer>
Step recurrent() {
  struct State {
    Tape tape;
    Layer layer{kUnits, {.return_sequences = true}};
    Array x = random::normal({kBatch, kSteps, kFeatures});
  };
  set_seed(1);
  auto s = std::make_shared<State>();
  return [s] {
    auto scope = s->tape.scope();
    backward(sum(s->layer(s->x)));
    zero_grad(s->layer.parameters());
  };
}

}  // namespace

Step lstm_step() { return recurrent<LSTM>(); }
Step gru_step() { return recurrent<GRU>(); }

Step ctc_step() {
  struct State {
    Tape tape;
    Array logits = random::normal({32, 50, 20}), labels = random::integers({32, 10}, 1, 20),
          lengths = full({32}, 10, DType::int64);
  };
  set_seed(1);
  auto s = std::make_shared<State>();
  return [s] {
    auto scope = s->tape.scope();
    Var x = s->tape.variable(s->logits);
    grad(mean(ctc_loss(x, s->labels, s->lengths)), x);
  };
}

Step embedding_step() {
  struct State {
    Tape tape;
    EmbeddingBag layer{10000, 64};
    Array x = random::integers({32, 200}, 0, 10000);
  };
  set_seed(1);
  auto s = std::make_shared<State>();
  return [s] {
    auto scope = s->tape.scope();
    backward(sum(s->layer(s->x)));
    zero_grad(s->layer.parameters());
  };
}

}  // namespace bench
