#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "kube/calls.hpp"
#include "port/port.hpp"

/// What the tests of the protocol share: JSON of tiny objects and a scripted API server's answers.
namespace cu::kube::test {

using namespace std::chrono_literals;

inline base::Now At(std::chrono::nanoseconds since_start) {
  const auto start = base::SteadyTime{} + 1000h;
  return {base::WallTime{} + 400000h +
              std::chrono::duration_cast<std::chrono::microseconds>(since_start),
          start + since_start};
}

inline std::string NodeJson(const std::string& name,
                            const std::string& version,
                            const std::string& kubelet = "v1") {
  return R"({"kind":"Node","metadata":{"name":")" + name + R"(","uid":"u-)" + name +
         R"(","resourceVersion":")" + version + R"("},"status":{"nodeInfo":{"kubeletVersion":")" +
         kubelet + R"("}}})";
}

inline std::string ListJson(const std::string& version,
                            const std::vector<std::string>& items,
                            const std::string& next = "") {
  std::string json = R"({"metadata":{"resourceVersion":")" + version + R"(","continue":")" + next +
                     R"("},"items":[)";
  for (std::size_t i = 0; i < items.size(); ++i) {
    json += (i == 0 ? "" : ",") + items[i];
  }
  return json + "]}";
}

inline std::string LineJson(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}";
}

inline std::string StatusJson(int code, const std::string& reason, const std::string& cause = "") {
  const std::string causes = cause.empty() ? "" : R"({"reason":")" + cause + R"("})";
  return R"({"kind":"Status","code":)" + std::to_string(code) + R"(,"reason":")" + reason +
         R"(","message":"because","details":{"causes":[)" + causes + "]}}";
}

inline port::Response Answer(int status,
                             std::string body = "",
                             std::optional<std::chrono::seconds> retry_after = std::nullopt) {
  return {status, std::move(body), retry_after};
}

/// The effects of one kind, in order.
template <class E>
std::vector<E> Only(const std::vector<port::Effect>& effects) {
  std::vector<E> found;
  for (const port::Effect& effect : effects) {
    if (const auto* one = std::get_if<E>(&effect)) {
      found.push_back(*one);
    }
  }
  return found;
}

}  // namespace cu::kube::test
