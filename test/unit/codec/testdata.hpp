#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

#include "folder.hpp"

/// The text of a file of test/testdata.
inline std::string Testdata(const std::string& name) {
  const auto folder = std::filesystem::path(kTestFolder) / "testdata";
  std::ifstream file(folder / name);
  INFO(name);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
