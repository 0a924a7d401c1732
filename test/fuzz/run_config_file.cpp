#include <string>

#include "config/config.hpp"
#include "memory_file.hpp"
#include "target.hpp"

namespace cu::fuzz {

void RunConfigFile(std::string_view input) {
  const MemoryFile file(input);
  const auto loaded = config::Load({"--config", file.path()}, {}, "1");
  Require(loaded.ok() || !loaded.error().message.empty(),
          "what cannot be used is refused with a reason");
  const auto settings = config::CollectSettings({"--config", file.path()}, {}, "1");
  Require(settings.ok() || settings.error().kind == base::ErrorKind::kInvalid,
          "a wrong file is invalid");
}

}  // namespace cu::fuzz
