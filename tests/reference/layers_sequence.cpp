#include "layers_table.hpp"
#include "xgrad/nn/layers.hpp"
#include "xgrad/nn/sequential_body.hpp"

namespace layers_table {

using namespace xgrad;

namespace {

/// The layers one after the other.
template <class... L>
Layer chain(L&&... layers) {
  return make_layer<SequentialBody>(std::vector<Layer>{std::forward<L>(layers)...});
}

/// The variants that all three kinds have.
template <class Kind>
void add_kind(std::map<std::string, Layer (*)()>& all, const std::string& name) {
  all[name + "/plain"] = [] { return Layer(Kind(3)); };
  all[name + "/sequences"] = [] { return Layer(Kind(3, {.return_sequences = true})); };
  all[name + "/backwards"] = [] { return Layer(Kind(3, {.return_sequences = true, .go_backwards = true})); };
  all[name + "/relu"] = [] { return Layer(Kind(3, {.activation = relu, .use_bias = false})); };
  all[name + "/masked"] = [] { return chain(Masking{}, Kind(3)); };
  all[name + "/masked_sequences"] = [] { return chain(Masking{}, Kind(3, {.return_sequences = true})); };
  all[name + "/zero_output"] = [] {
    return chain(Masking{}, Kind(3, {.return_sequences = true, .zero_output_for_mask = true}));
  };
}

}  // namespace

const std::map<std::string, Layer (*)()>& sequence() {
  static const std::map<std::string, Layer (*)()> all = [] {
    std::map<std::string, Layer (*)()> made{
        {"lstm/hard", [] { return Layer(LSTM(3, {.recurrent_activation = "hard_sigmoid"})); }},
        {"gru/before", [] { return Layer(GRU(3, {.reset_after = false, .return_sequences = true})); }},
        {"gru/before_masked", [] { return chain(Masking{}, GRU(3, {.reset_after = false})); }},
        {"rnn/cell", [] { return Layer(RNN(LSTMCell(3), {.return_sequences = true})); }},
        {"bidirectional/concat", [] { return Layer(Bidirectional(LSTM(3))); }},
        {"bidirectional/sequences", [] { return Layer(Bidirectional(GRU(3, {.return_sequences = true}))); }},
        {"bidirectional/sum",
         [] { return Layer(Bidirectional(SimpleRNN(3, {.return_sequences = true}), {.merge_mode = MergeMode::sum})); }},
        {"bidirectional/mul", [] { return Layer(Bidirectional(SimpleRNN(3), {.merge_mode = MergeMode::mul})); }},
        {"bidirectional/ave", [] { return Layer(Bidirectional(SimpleRNN(3), {.merge_mode = MergeMode::ave})); }},
        {"bidirectional/masked", [] { return chain(Masking{}, Bidirectional(LSTM(3, {.return_sequences = true}))); }},
        {"stacked/masked", [] { return chain(Masking{}, LSTM(3, {.return_sequences = true}), GRU(2)); }},
        {"embedding/masked", [] { return chain(Embedding(6, 3, {.mask_zero = true}), LSTM(2)); }},
        {"time_distributed/plain", [] { return Layer(TimeDistributed(Dense(3, {.activation = tanh}))); }},
    };
    add_kind<SimpleRNN>(made, "simple_rnn");
    add_kind<LSTM>(made, "lstm");
    add_kind<GRU>(made, "gru");
    return made;
  }();
  return all;
}

}  // namespace layers_table
