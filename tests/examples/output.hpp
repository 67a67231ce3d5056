#pragma once
// Programs run as a user runs them.

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>
#include <string>

/// Begins a command for which there are no data sets but those that ship.
inline const std::string without_data = "env -u XGRAD_DATA -u KERAS_HOME HOME=/nonexistent TMPDIR=/nonexistent ";

/// What a command prints.
inline std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe);
  std::string text;
  char block[4096];
  while (std::size_t n = std::fread(block, 1, sizeof block, pipe.get())) text.append(block, n);
  return text;
}

/// The number after the last occurrence of some words. Fails where there is none.
inline double figure_after(const std::string& text, const std::string& words) {
  CAPTURE(text);
  const auto at = text.rfind(words);
  REQUIRE(at != std::string::npos);
  return std::stod(text.substr(at + words.size()));
}
