#pragma once
/// \file Data sets of images and of numbers to learn with; those of texts are in texts.hpp.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "xgrad/core/array.hpp"

/// Data sets to learn with: from the user's disk where they are found, else what ships with the library. Nothing is
/// downloaded.
///
/// The files are those of Keras, where Keras keeps them: each is looked for in `$KERAS_HOME/datasets`,
/// `~/.keras/datasets`, `$XGRAD_DATA` and `/usr/share/datasets`, in this order. Where one is needed and not there, an
/// IoError names the file, where it was looked for, and how to get it. Order and split are Keras's, to the last row.
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
/// The full set (60,000 to train, 10,000 to test) where its four IDX files are found, gzipped or not, in one of the
/// folders or its `mnist`, or Keras's mnist.npz; else, saying so on the standard error stream, the first 10,000
/// training digits, which ship with the library: 9,000 to train, the last 1,000 to test.
///
/// @throws IoError for a file that is found but damaged, naming it and what is wrong
Split mnist(Loc loc = Loc::current());

/// Always the 10,000 digits that ship with the library.
Split mnist_10k(Loc loc = Loc::current());

/// The folder in which `mnist` finds the IDX files of the full set; empty where there is none.
std::string mnist_folder();

/// Pieces of clothing (Xiao, Rasul, Vollgraf 2017), in the form of `mnist`: 60,000 to train, 10,000 to test. Four IDX
/// files in the folder `fashion-mnist`; Debian's package dataset-fashion-mnist installs them.
/// @throws IoError
Split fashion_mnist(Loc loc = Loc::current());
/// "T-shirt/top", "Trouser", … "Ankle boot"
std::span<const std::string_view> fashion_mnist_label_names();

/// Small photographs in ten classes (Krizhevsky 2009): x uint8 [n, 32, 32, 3], y uint8 [n, 1]; 50,000 to train, 10,000
/// to test. The folder cifar-10-batches-py (in cifar-10-batches-py-target or not), or the archive
/// cifar-10-python.tar.gz.
/// @throws IoError
Split cifar10(Loc loc = Loc::current());
/// "airplane", "automobile", … "truck"
std::span<const std::string_view> cifar10_label_names();

/// How `boston_housing` is shuffled and cut.
struct BostonOptions {
  double test_split = 0.2;   ///< the share held out
  std::uint32_t seed = 113;  ///< of the order of the samples
};

/// House prices around Boston in 1970 (Harrison, Rubinfeld 1978): x float64 [n, 13], y float64 [n] in thousands of
/// dollars; 404 to train, 102 to test. Features: CRIM ZN INDUS CHAS NOX RM AGE DIS RAD TAX PTRATIO B LSTAT.
///
/// boston_housing.npz where it is found; else, saying so on the standard error stream, the same 506 samples as they
/// ship with the library. Feature B was made from the proportion of Black residents, and is rightly criticised: a set
/// to learn regression with, not to learn about people.
/// @throws IoError; ArgError unless 0 <= test_split < 1
Split boston_housing(const BostonOptions& options = {}, Loc loc = Loc::current());

/// How `california_housing` is shuffled and cut.
struct CaliforniaOptions {
  std::string version = "large";  ///< "large", or "small": the first 600 samples
  double test_split = 0.2;
  std::uint32_t seed = 113;
};

/// House prices in California in 1990 (Pace, Barry 1997): x [n, 8], y [n] in dollars, as stored in
/// california_housing.npz; 16,512 to train and 4,128 to test, or 480 and 120 of the small version. Features: MedInc
/// HouseAge AveRooms AveBedrms Population AveOccup Latitude Longitude.
/// @throws IoError; ArgError unless 0 <= test_split < 1, and for another version
Split california_housing(const CaliforniaOptions& options = {}, Loc loc = Loc::current());

/// An IDX file of bytes, gzipped or not: uint8, of the shape that it says. @throws IoError where it is missing or
/// damaged
Array read_idx(const std::string& path, Loc loc = Loc::current());

}  // namespace xgrad::datasets
