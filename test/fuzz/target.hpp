#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Programs that are fed with what nobody should send: whatever comes, they neither crash nor hang,
/// and what they promise holds.
namespace cu::fuzz {

struct Target {
  const char* name;  ///< also of its folder below corpus/
  void (*run)(std::string_view input);
  bool json = false;               ///< inputs are mostly JSON, and are changed as such
  std::vector<const char*> words;  ///< that make inputs interesting
};

/// Every target there is.
const std::vector<Target>& Targets();

/// Ends the program, which prints the input, unless `holds`.
void Require(bool holds, const char* what);

void RunWatchLine(std::string_view input);
void RunUpgrade(std::string_view input);
void RunKubeconfig(std::string_view input);
void RunConfigFile(std::string_view input);
void RunHttpRequest(std::string_view input);
void RunController(std::string_view input);

}  // namespace cu::fuzz
