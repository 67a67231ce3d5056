// Writes the pages of the library that the browser's tests open (tools/check_viewer): write_pages FOLDER.
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

namespace {

/// A text that a user may choose; the page must show it and run none of it.
const std::string hostile =
    "</script><script>window.hacked=1</script><img src=x onerror=\"window.hacked=2\">\"'&amp; 𝒳 🦊";

/// Three classes of pictures, 4 × 4: the brightest of three corners.
struct Pictures {
  Array x = random::uniform({120, 4, 4});
  Array y = Array::empty({120}, DType::int64);
  Pictures() {
    auto* labels = y.mutable_data<std::int64_t>();
    const float* p = x.data<float>();
    for (std::int64_t i = 0; i < 120; ++i, p += 16) labels[i] = p[0] > p[3] && p[0] > p[15] ? 0 : p[3] > p[15] ? 1 : 2;
  }
};

void report(const std::string& path, const std::string& layer, const std::string& title,
            const std::vector<std::string>& classes) {
  const Pictures data;
  Sequential model{Flatten{}, Dense{8, {.activation = relu, .name = layer}}, Dense{3, {.activation = softmax}}};
  model.compile(
      {.optimizer = Adam{.learning_rate = 0.02}, .loss = sparse_categorical_crossentropy, .metrics = {accuracy}});
  const LambdaCallback figure{.on_epoch_end = [&](TrainingRun&, int epoch, Logs& logs) { logs.set(layer, epoch); }};
  const History history = model.fit(
      data.x, data.y, {.epochs = 4, .validation_split = 0.25, .callbacks = {TrainingRecorder{}, figure}, .verbose = 0});
  view::report(history, model, path, {.title = title, .classes = classes, .worst = 8});
}

void hostile_tape(const std::string& folder) {
  const std::string file = folder + "<b>.cpp";
  std::ofstream(file) << hostile << '\n';
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  const LabelScope inside(hostile);
  Var x = tape.variable(Array::scalar(2.0), Loc{file.c_str(), 1}).label(hostile);
  auto op = custom(
      hostile, [](const Array& v) { return v.copy(); }, [](const CustomVjp& c) { return c.grad(); });
  Var y = op(x * x).label(hostile + " again");
  view::html(y, folder + "hostile_tape.html", {.title = hostile, .name = hostile});
}

/// The network that MNIST is often begun with, and its loss for a batch.
void mnist(const std::string& folder) {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  const Training on;
  Sequential network{Dense{128, {.activation = relu, .name = "hidden"}}, Dropout{0.3}, Dense{10, {.name = "output"}}};
  const Array x = random::uniform({128, 784}), y = random::integers({128}, 0, 10);
  Var loss = mean(softmax_cross_entropy(network(x), y)).label("loss");
  view::html(loss, folder + "mnist.html");
}

/// A chain of about so many nodes over arrays, or over single numbers.
void large(const std::string& path, const Shape& shape, int nodes) {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(random::normal(shape)).label("x"), w = tape.variable(random::normal(shape)).label("w");
  for (int i = 0; i < nodes / 3; ++i) {
    const Var product = x * w;
    x = tanh(product + x);
  }
  Var loss = sum(x).label("loss");
  view::html(loss, path);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fputs("write_pages FOLDER\n", stderr);
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/";
  set_seed(3);
  report(folder + "report.html", "hidden", "Corners", {"left", "right", "below"});
  report(folder + "hostile_report.html", hostile, hostile, {hostile, "b", hostile + " as well"});
  hostile_tape(folder);
  mnist(folder);
  large(folder + "large_scalars.html", {}, 10000);
  large(folder + "large_arrays.html", {8}, 10000);
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
