#include "reference.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#ifndef XGRAD_REFERENCE_DIR
#error "XGRAD_REFERENCE_DIR must be the path of tests/reference"
#endif

namespace reference {
namespace {

double to_number(const std::string& word, const std::string& where) {
  char* end = nullptr;
  double value = std::strtod(word.c_str(), &end);  // unlike stod it takes denormals, and inf and nan
  if (word.empty() || *end != '\0') throw std::runtime_error(where + ": needs a number; got '" + word + "'");
  return value;
}

std::int64_t to_integer(const std::string& word, const std::string& where) {
  double value = to_number(word, where);
  if (value != static_cast<double>(static_cast<std::int64_t>(value)))
    throw std::runtime_error(where + ": needs an integer; got '" + word + "'");
  return static_cast<std::int64_t>(value);
}

std::vector<std::int64_t> to_shape(std::string text, const std::string& where) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']')
    throw std::runtime_error(where + ": needs a shape; got '" + text + "'");
  std::istringstream list(text.substr(1, text.size() - 2));
  std::vector<std::int64_t> shape;
  for (std::string size; std::getline(list, size, ',');) shape.push_back(to_integer(size, where));
  return shape;
}

Values to_values(std::istringstream& line, const std::string& where) {
  Values values;
  std::string shape, colon;
  if (!(line >> values.name >> values.dtype >> shape >> colon) || colon != ":")
    throw std::runtime_error(where + ": needs `NAME DTYPE [SHAPE] :`");
  values.shape = to_shape(shape, where);
  for (std::string word; line >> word;) values.data.push_back(to_number(word, where));
  std::int64_t size = 1;
  for (std::int64_t n : values.shape) size *= n;
  if (size != static_cast<std::int64_t>(values.data.size()))
    throw std::runtime_error(where + ": needs " + std::to_string(size) + " values; got " +
                             std::to_string(values.data.size()));
  return values;
}

std::ifstream open(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("reference: cannot read " + path);
  return file;
}

}  // namespace

const std::string& Case::text(const std::string& key) const {
  auto found = attributes.find(key);
  if (found == attributes.end()) throw std::runtime_error("reference: case " + name + " has no attribute " + key);
  return found->second;
}

double Case::number(const std::string& key) const { return to_number(text(key), name + " " + key); }

std::vector<std::int64_t> Case::integers(const std::string& key) const {
  std::istringstream list(text(key));
  std::vector<std::int64_t> values;
  for (std::string word; list >> word;) values.push_back(to_integer(word, name + " " + key));
  return values;
}

const Values& Case::input(const std::string& key) const {
  for (const Values& values : in)
    if (values.name == key) return values;
  throw std::runtime_error("reference: case " + name + " has no input " + key);
}

File::File(const std::string& file_name) : path_(path(file_name)) {
  std::ifstream file = open(path_);
  std::set<std::string> names;
  int number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    if (text.empty() || text[0] == '#') continue;
    std::string where = path_ + ":" + std::to_string(number);
    std::istringstream line(text);
    std::string kind, key;
    line >> kind;
    if (kind == "case") {
      if (!(line >> key) || !names.insert(key).second)
        throw std::runtime_error(where + ": needs a name of its own; got '" + key + "'");
      cases_.emplace_back();
      cases_.back().name = key;
      continue;
    }
    if (cases_.empty()) throw std::runtime_error(where + ": needs `case NAME` first");
    Case& record = cases_.back();
    if (kind == "attr") {
      line >> key;
      std::string value;
      std::getline(line >> std::ws, value);
      record.attributes[key] = value;
    } else if (kind == "in") {
      record.in.push_back(to_values(line, where));
    } else if (kind == "out") {
      record.out.push_back(to_values(line, where));
    } else if (kind == "grad") {
      record.grad.push_back(to_values(line, where));
    } else if (kind == "grad2") {
      record.grad2.push_back(to_values(line, where));
    } else {
      throw std::runtime_error(where + ": needs case, attr, in, out, grad or grad2; got '" + kind + "'");
    }
  }
  if (cases_.empty()) throw std::runtime_error("reference: no cases in " + path_);
}

const Case& File::at(const std::string& name) const {
  for (const Case& record : cases_)
    if (record.name == name) return record;
  throw std::runtime_error("reference: no case " + name + " in " + path_);
}

std::string path(const std::string& file_name) { return std::string(XGRAD_REFERENCE_DIR) + "/" + file_name; }

double figure(const std::string& file_name, const std::string& key) {
  std::ifstream file = open(path(file_name));
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string word;
    if (line >> word && word == key && line >> word) return to_number(word, file_name + " " + key);
  }
  throw std::runtime_error("reference: no " + key + " in " + path(file_name));
}

}  // namespace reference
