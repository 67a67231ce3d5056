#pragma once
/// \file Data sets of images and of numbers to learn with; those of texts are in texts.hpp.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "xgrad/core/array.hpp"

/// Data sets to learn with. Order and split are Keras's, to the last row.
///
/// The files are those of Keras, where Keras keeps them: each is looked for in `$KERAS_HOME/datasets`,
/// `~/.keras/datasets` and `.keras/datasets` in the folder for temporary files, where it must have the hash that Keras
/// pins, and in `$XGRAD_DATA` and `/usr/share/datasets`, where it is taken as it is.
///
/// Where it is in none of them, or is damaged, it is fetched: from the first source that has it, with progress on the
/// standard error stream, and put into the first of those folders (the last of the three, where that cannot be
/// written). It gets its name only when it is whole and its hash is right; a download that was interrupted goes on
/// where it stopped. `XGRAD_MIRROR=URL` names a place to be asked first, where a folder such as `~/.keras/datasets` is
/// served; with `XGRAD_OFFLINE=1`, or in a build without libcurl, nobody is asked. A file that cannot be had is an
/// IoError which says where it was looked for, what each source answered, and how to get it by hand; the digits and the
/// house prices that ship with the library are then used instead, and this is said.
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
/// folders or its `mnist`, or Keras's mnist.npz is found or can be fetched; else, saying so on the standard error
/// stream, the first 10,000 training digits, which ship with the library: 9,000 to train, the last 1,000 to test. Where
/// no network answers, this is found out in seconds, and not asked again by the same process.
///
/// @throws IoError for a file that is damaged and cannot be fetched anew, naming it and what is wrong
Split mnist(Loc loc = Loc::current());

/// Always the 10,000 digits that ship with the library.
Split mnist_10k(Loc loc = Loc::current());

/// The folder in which `mnist` finds the IDX files of the full set; empty where there is none.
std::string mnist_folder();

/// Pieces of clothing (Xiao, Rasul, Vollgraf 2017), in the form of `mnist`: 60,000 to train, 10,000 to test. Four IDX
/// files in the folder `fashion-mnist`, found or fetched; Debian's package dataset-fashion-mnist installs them.
/// @throws IoError
Split fashion_mnist(Loc loc = Loc::current());
/// "T-shirt/top", "Trouser", … "Ankle boot"
std::span<const std::string_view> fashion_mnist_label_names();

/// Small photographs in ten classes (Krizhevsky 2009): x uint8 [n, 32, 32, 3], y uint8 [n, 1]; 50,000 to train, 10,000
/// to test. The folder cifar-10-batches-py (in cifar-10-batches-py-target or not), or the archive
/// cifar-10-python.tar.gz (170 MB), found or fetched.
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
/// ship with the library, bit for bit: nothing is fetched. Feature B was made from the proportion of Black residents,
/// and is rightly criticised: a set to learn regression with, not to learn about people.
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
