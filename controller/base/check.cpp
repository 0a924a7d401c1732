#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cu::base {
namespace {

/// The path from controller/ on: where the program was built is nobody's business.
const char* Place(const char* file) {
  const char* found = std::strstr(file, "controller/");
  return found == nullptr ? file : found;
}

}  // namespace

void CheckFailed(const char* condition, const char* file, int line) {
  std::fputs(R"({"level":"error","msg":"broken contract, stopping","contract":")", stderr);
  for (const char* c = condition; *c != '\0'; ++c) {
    std::fputc(*c == '"' || *c == '\\' ? '\'' : *c, stderr);
  }
  std::fprintf(stderr, "\",\"at\":\"%s:%d\"}\n", Place(file), line);
  std::abort();
}

}  // namespace cu::base
