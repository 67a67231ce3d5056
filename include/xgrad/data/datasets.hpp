#pragma once
/// \file Data sets to learn with.

#include <string>

#include "xgrad/core/array.hpp"

/// Data sets to learn with: from the user's disk where they are found, else what ships with the library. Nothing is
/// downloaded.
namespace xgrad::datasets {

/// Inputs and targets, one sample a row.
struct Samples {
  Array x, y;
};

/// `auto [train, test] = datasets::mnist();`
struct Split {
  Samples train, test;
};

/// Handwritten digits (LeCun, Cortes, Burges): x uint8 [n, 28, 28], 0 to 255; y uint8 [n], 0 to 9.
///
/// The full set (60,000 to train, 10,000 to test) where its four IDX files are found, gzipped or not, in
/// `$XGRAD_DATA/mnist`,
/// `$XGRAD_DATA` or `$KERAS_HOME/datasets/mnist`; else the first 10,000 training digits, which ship with the library:
/// 9,000 to train, the last 1,000 to test.
///
/// @throws IoError for a file that is found but damaged, naming it and what is wrong
Split mnist(Loc loc = Loc::current());

/// Always the 10,000 digits that ship with the library.
Split mnist_10k(Loc loc = Loc::current());

/// The folder in which `mnist` finds the full set; empty where there is none.
std::string mnist_folder();

/// An IDX file of bytes, gzipped or not: uint8, of the shape that it says. @throws IoError where it is missing or
/// damaged
Array read_idx(const std::string& path, Loc loc = Loc::current());

}  // namespace xgrad::datasets
