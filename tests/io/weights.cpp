// Weights of layers in files, by name: both formats, and what does not fit.

#include "xgrad/io/weights.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "support/scratch.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

std::vector<Array> values(const Layer& layer) {
  std::vector<Array> all;
  for (const Parameter& p : layer.weights()) all.push_back(p.value().copy());
  return all;
}
bool same(const std::vector<Array>& a, const std::vector<Array>& b) {
  return std::ranges::equal(a, b, [](const Array& x, const Array& y) { return same(x, y); });
}

/// Dense layers around statistics, named anew.
Sequential network(std::int64_t hidden = 3, DType dtype = DType::float32) {
  Sequential model{Dense{hidden, {.activation = relu, .name = "hidden"}}, BatchNormalization{{.name = "norm"}},
                   Dense{1, {.name = "out"}}};
  model.build({2}, dtype);
  return model;
}

/// The message, without the line that says where; the file as FILE.
template <class E, class F>
std::string message(const std::string& file, F&& f) {
  try {
    f();
  } catch (const E& e) {
    std::string text = e.what();
    const auto where = text.find("\n  at ");
    REQUIRE(where != std::string::npos);
    text.erase(where);
    for (std::size_t at; (at = text.find(file)) != std::string::npos;) text.replace(at, file.size(), "FILE");
    return text;
  }
  return "nothing thrown";
}

}  // namespace

TEST_CASE("weights: saved and read by name, in both formats") {
  const Scratch folder;
  for (const char* name : {"w.safetensors", "w.npz"}) {
    CAPTURE(name);
    const Sequential from = network();
    from.weight("norm/moving_mean").assign(full({3}, 0.25));
    from.save_weights(folder / name);
    Sequential to = network();
    REQUIRE(!same(values(from), values(to)));
    const UnmatchedWeights unmatched = to.load_weights(folder / name);
    CHECK(unmatched.missing.empty());
    CHECK(unmatched.unexpected.empty());
    CHECK(same(values(from), values(to)));
    const Array x = random::uniform({5, 2}, -1, 1);
    CHECK(same(to.predict(x), Sequential(from).predict(x)));

    Sequential wide = network(3, DType::float64);  // of its own type
    save_weights(wide, folder / name);
    Sequential read = network(3, DType::float64);
    load_weights(read, folder / name);
    CHECK(same(values(wide), values(read)));
  }
  std::vector<std::string> names;
  for (const auto& [name, array] : load_safetensors(folder / "w.safetensors").arrays) names.push_back(name);
  CHECK(names == std::vector<std::string>{"hidden/kernel", "hidden/bias", "norm/gamma", "norm/beta", "norm/moving_mean",
                                          "norm/moving_variance", "out/kernel", "out/bias"});
}

TEST_CASE("weights: what is read is the layer's own") {
  const Scratch folder;
  Sequential model = network();
  model.save_weights(folder / "w.safetensors");
  const std::vector<Array> before = values(model);
  model.compile({.optimizer = SGD{0.1}, .loss = mean_squared_error});
  model.load_weights(folder / "w.safetensors");
  model.train_on_batch(ones({4, 2}), ones({4, 1}));
  CHECK(!same(values(model), before));
  model.load_weights(folder / "w.safetensors");
  CHECK(same(values(model), before));
}

TEST_CASE("weights: all that does not fit is listed, and nothing is changed") {
  const Scratch folder;
  for (const char* name : {"w.safetensors", "w.npz"}) {
    CAPTURE(name);
    const std::string file = folder / name;
    NamedArrays arrays;
    Sequential model = network();
    for (const Parameter& p : model.weights()) arrays.emplace_back(p.name(), zeros(p.shape()));
    arrays[0].first = "hiden/kernel";
    arrays[1].second = zeros({4});
    arrays[7].second = zeros({1}, DType::float64);
    arrays.erase(arrays.begin() + 6);
    const auto write = [&] { file.ends_with("npz") ? save_npz(file, arrays) : save_safetensors(file, arrays); };
    write();
    const std::vector<Array> before = values(model);
    const std::string mismatched =
        "\n    mismatched 'hidden/bias': needs float32[3], got float32[4]"
        "\n    mismatched 'out/bias': needs float32[1], got float64[1]";
    const std::string start = "IoError: xgrad::load_weights: needs the weights of '" + model.name() + "' in FILE; got ";
    CHECK(message<IoError>(file, [&] { model.load_weights(file); }) ==
          start +
              "2 missing, 1 unexpected, 2 mismatched"
              "\n    missing 'hidden/kernel' float32[2,3]"
              "\n    missing 'out/kernel' float32[3,1]"
              "\n    unexpected 'hiden/kernel' float32[2,3]" +
              mismatched);
    CHECK(message<IoError>(file, [&] { model.load_weights(file, {.strict = false}); }) ==
          start + "2 mismatched" + mismatched);
    CHECK(same(values(model), before));

    arrays[1].second = full({3}, 7);
    arrays.pop_back();
    write();
    CHECK_THROWS_AS(model.load_weights(file), IoError);
    CHECK(same(values(model), before));
    const UnmatchedWeights unmatched = model.load_weights(file, {.strict = false});
    CHECK(unmatched.missing == std::vector<std::string>{"hidden/kernel", "out/kernel", "out/bias"});
    CHECK(unmatched.unexpected == std::vector<std::string>{"hiden/kernel"});
    CHECK(same(model.weight("hidden/bias").value(), full({3}, 7)));
    CHECK(same(model.weight("norm/gamma").value(), zeros({3})));
    CHECK(same(model.weight("hidden/kernel").value(), before[0]));
  }
}

TEST_CASE("weights: paths, layers and files that will not do") {
  const Scratch folder;
  const std::string file = folder / "w.h5";
  Sequential model = network();
  const std::string ending = " needs a path that ends in .safetensors or .npz; got 'FILE'";
  CHECK(message<ArgError>(file, [&] { model.save_weights(file); }) == "ArgError: xgrad::save_weights:" + ending);
  CHECK(message<ArgError>(file, [&] { model.load_weights(file); }) == "ArgError: xgrad::load_weights:" + ending);

  Sequential unbuilt{Dense{1}};
  const std::string no_weights =
      " needs a layer that is built; got '" + unbuilt.name() + "', which has no weights yet (call build first)";
  const std::string path = folder / "w.safetensors";
  CHECK(message<ArgError>(path, [&] { unbuilt.save_weights(path); }) == "ArgError: xgrad::save_weights:" + no_weights);
  CHECK(message<ArgError>(path, [&] { unbuilt.load_weights(path); }) == "ArgError: xgrad::load_weights:" + no_weights);

  const Dense one{2, {.name = "twin"}}, other{2, {.name = "twin"}};
  Model twins([=](Var x) { return one(x) + other(x); });
  twins.build({2});
  CHECK(message<ArgError>(path, [&] { twins.save_weights(path); }) ==
        "ArgError: xgrad::save_weights: needs weights of different names in '" + twins.name() +
            "'; got more than one of 'twin/bias', 'twin/kernel'");
  CHECK(folder.names().empty());

  const std::vector<Array> before = values(model);
  model.save_weights(path);
  const std::string whole = Scratch::read(path);
  for (std::size_t n = 0; n < whole.size(); n += 7) {
    folder.write("w.safetensors", whole.substr(0, n));
    CHECK_THROWS_AS(model.load_weights(path), IoError);
  }
  CHECK_THROWS_AS(model.load_weights(folder / "no.npz"), IoError);
  CHECK(same(values(model), before));
}

TEST_CASE("weights: a layer without any, and one that stands in two places") {
  const Scratch folder;
  const Sequential none{Flatten{}};
  none.build({2, 2});
  for (const char* name : {"none.npz", "none.safetensors"}) {
    none.save_weights(folder / name);
    CHECK_NOTHROW(load_weights(none, folder / name));
  }
  const Dense shared{2, {.name = "shared"}};
  Model twice([=](Var x) { return shared(shared(x)); });
  twice.build({2});
  twice.save_weights(folder / "shared.safetensors");
  CHECK(load_safetensors(folder / "shared.safetensors").arrays.size() == 2);
  CHECK_NOTHROW(twice.load_weights(folder / "shared.safetensors"));
}
