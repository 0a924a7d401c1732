#pragma once
#include <string>
#include <vector>

#include "base/random.hpp"

namespace cu::fuzz {

/// What new parts of an input are taken from.
struct Material {
  const std::vector<const char*>* words;
  const std::vector<std::string>* inputs;
};

/// A few bytes changed, removed, repeated, or taken from elsewhere.
std::string MutateBytes(std::string text, const Material& material, base::Random& random);
/// The same for the values of a JSON text; changed as bytes if it is none.
std::string MutateJson(const std::string& text, const Material& material, base::Random& random);

}  // namespace cu::fuzz
