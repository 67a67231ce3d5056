#include "xgrad/io/weights.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "io/model_file.hpp"
#include "xgrad/io/npz.hpp"
#include "xgrad/io/safetensors.hpp"

namespace xgrad {

namespace {

enum class Format { safetensors, npz };

Format format_of(const char* operation, const std::string& path, Loc loc) {
  if (path.ends_with(".safetensors")) return Format::safetensors;
  if (path.ends_with(".npz")) return Format::npz;
  throw ArgError(operation, "needs a path that ends in .safetensors or .npz; got '" + path + "'", loc);
}

/// The weights, whose names are checked to tell them apart.
Parameters named_weights(const char* operation, const Layer& layer, Loc loc) {
  if (!layer.built())
    throw ArgError(
        operation,
        "needs a layer that is built; got '" + layer.name() + "', which has no weights yet (call build first)", loc);
  const Parameters all = layer.weights();
  std::vector<std::string> names;
  for (const Parameter& p : all) names.push_back(p.name());
  std::sort(names.begin(), names.end());
  std::string twice;
  for (std::size_t i = 1; i < names.size(); ++i)
    if (names[i] == names[i - 1] && (i == 1 || names[i] != names[i - 2]))
      twice += (twice.empty() ? "'" : ", '") + names[i] + "'";
  if (!twice.empty())
    throw ArgError(operation,
                   "needs weights of different names in '" + layer.name() + "'; got more than one of " + twice, loc);
  return all;
}

NamedArrays read(Format format, const std::string& path, Loc loc) {
  if (format == Format::safetensors) {
    Safetensors file = load_safetensors(path, loc);
    if (file.metadata.contains(detail::model_key))
      std::erase_if(file.arrays, [](const auto& a) { return a.first.starts_with(detail::optimizer_prefix); });
    return std::move(file.arrays);
  }
  NamedArrays arrays;
  for (auto& [name, array] : load_npz(path, loc)) arrays.emplace_back(name, std::move(array));
  return arrays;
}

/// "\n  missing: 'a' float32[2], 'b' …", one name a line where there are several.
void list(std::string& text, const char* what, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) text += std::string("\n    ") + what + " " + line;
}

}  // namespace

void save_weights(const Layer& layer, const std::string& path, Loc loc) {
  const Format format = format_of("save_weights", path, loc);
  NamedArrays arrays;
  for (const Parameter& p : named_weights("save_weights", layer, loc)) arrays.emplace_back(p.name(), p.value());
  if (format == Format::safetensors) {
    save_safetensors(path, arrays, {}, loc);
  } else {
    save_npz(path, arrays, loc);
  }
}

UnmatchedWeights load_weights(const Layer& layer, const std::string& path, LoadWeightsOptions options, Loc loc) {
  const Format format = format_of("load_weights", path, loc);
  const Parameters weights = named_weights("load_weights", layer, loc);
  const NamedArrays arrays = read(format, path, loc);

  std::unordered_map<std::string_view, const Array*> left;
  for (const auto& [name, array] : arrays) left.emplace(name, &array);
  std::vector<std::pair<const Parameter*, const Array*>> found;
  UnmatchedWeights unmatched;
  std::vector<std::string> missing, unexpected, mismatched;  // as errors list them
  for (const Parameter& p : weights) {
    const auto at = left.find(p.name());
    if (at == left.end()) {
      unmatched.missing.push_back(p.name());
      missing.push_back("'" + p.name() + "' " + signature(p.value()));
      continue;
    }
    const Array& value = *at->second;
    if (value.shape() != p.shape() || value.dtype() != p.dtype())
      mismatched.push_back("'" + p.name() + "': needs " + signature(p.value()) + ", got " + signature(value));
    found.emplace_back(&p, &value);
    left.erase(at);
  }
  for (const auto& [name, array] : arrays) {
    if (!left.contains(name)) continue;
    unmatched.unexpected.push_back(name);
    unexpected.push_back("'" + name + "' " + signature(array));
  }

  const bool names_differ = options.strict && !(missing.empty() && unexpected.empty());
  if (names_differ || !mismatched.empty()) {
    std::string got, lines;
    const auto count = [&](const std::vector<std::string>& names, const char* what) {
      if (names.empty()) return;
      got += (got.empty() ? "" : ", ") + std::to_string(names.size()) + " " + what;
      list(lines, what, names);
    };
    if (options.strict) {
      count(missing, "missing");
      count(unexpected, "unexpected");
    }
    count(mismatched, "mismatched");
    throw IoError("load_weights", "needs the weights of '" + layer.name() + "' in " + path + "; got " + got + lines,
                  loc);
  }
  for (const auto& [p, value] : found) p->assign(*value, loc);
  return unmatched;
}

}  // namespace xgrad
