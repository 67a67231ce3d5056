#include "support/reference.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

TEST_CASE("reference: the reader finds cases, attributes and exact numbers") {
  reference::File ops("ops.txt");
  CHECK(ops.cases().size() > 380);
  const reference::Case& add = ops.at("add/row");
  CHECK(add.op() == "add");
  CHECK(add.input("a").shape == std::vector<std::int64_t>{2, 3});
  CHECK(add.input("b").shape == std::vector<std::int64_t>{3});
  for (std::size_t k = 0; k < 6; ++k) {
    CHECK(add.out.at(0).data[k] == add.in[0].data[k] + add.in[1].data[k % 3]);
    CHECK(add.grad.at(0).data[k] == reference::weight(static_cast<std::int64_t>(k)));
  }
  const reference::Case& sum = ops.at("sum/outer");
  CHECK(sum.integers("axes") == std::vector<std::int64_t>{0, 2});
  CHECK_FALSE(sum.flag("keepdims"));
  CHECK(ops.at("einsum/matmul").text("equation") == "ij,jk->ik");
  CHECK(ops.at("sum/all").out.at(0).shape.empty());
  CHECK(ops.at("add/empty").out.at(0).shape == std::vector<std::int64_t>{0, 3});
  CHECK(std::isnan(ops.at("isnan/plain").in.at(0).data[4]));
  CHECK(ops.at("isnan/plain").in.at(0).data[3] == -HUGE_VAL);
  CHECK(ops.at("isnan/plain").out.at(0).dtype == "bool");
}

TEST_CASE("reference: what is missing fails loudly") {
  reference::File ops("ops.txt");
  CHECK_THROWS_AS(ops.at("add/nowhere"), std::runtime_error);
  CHECK_THROWS_AS(ops.at("add/row").text("axes"), std::runtime_error);
  CHECK_THROWS_AS(ops.at("add/row").input("c"), std::runtime_error);
  CHECK_THROWS_AS(reference::File("nothing.txt"), std::runtime_error);
  CHECK_THROWS_AS(reference::figure("mnist.txt", "nothing"), std::runtime_error);
}

TEST_CASE("reference: the other files read") {
  CHECK(reference::File("optim.txt").at("adam/plain").out.at(0).shape == std::vector<std::int64_t>{20, 2, 3});
  double mean = reference::figure("mnist.txt", "mean");
  CHECK(mean > 0.9);
  CHECK(mean < 1.0);
  CHECK(reference::figure("mnist.txt", "stddev") > 0.0);
}
