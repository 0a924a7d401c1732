#include "planner/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "api/names.hpp"

namespace cu::planner {

std::string TimeText(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 40> text{};
  std::snprintf(text.data(),
                text.size(),
                "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string DrainProgress(const api::NodeInWork& entry) {
  return std::to_string(entry.evicted) + "/" + std::to_string(entry.total) + " pods";
}

namespace {

std::string DescribeBlock(const api::BlockedBy& by) {
  const std::string name = by.ns + "/" + by.name;
  const std::string since = " (since " + TimeText(by.since) + ")";
  if (by.kind == "PodTemplate") {
    return "a pod is saved before it is evicted, but PodTemplate " + name +
           " cannot be created: " + by.reason +
           "; deploy/optional/recreate-pods.yaml has the role for it" + since;
  }
  if (by.reason == "DisruptionBudget") {
    return "PodDisruptionBudget " + name +
           " allows no eviction now; it will when more of its pods " + "are healthy" + since;
  }
  if (by.reason == "BudgetNotYetObserved") {
    return "the controller of PodDisruptionBudget " + name + " has not caught up" + since;
  }
  if (by.reason == "TwoBudgets") {
    return "pod " + name +
           " is selected by more than one PodDisruptionBudget, which eviction does " +
           "not support; let one of them go" + since;
  }
  if (by.reason == "NamespaceTerminating") {
    return "pod " + name + " waits for its namespace to be deleted" + since;
  }
  if (by.reason == "Terminating") {
    return "pod " + name + " is using its grace period" + since;
  }
  if (by.reason == "Finalizer") {
    return "pod " + name + " has ended but a finalizer holds it; remove the finalizer" + since;
  }
  if (by.reason == "StuckTerminating") {
    return "pod " + name + " should have ended long ago; look at its kubelet" + since;
  }
  return by.kind + " " + name + ": " + by.reason + since;
}

}  // namespace

std::string DescribeDrain(const api::NodeInWork& entry,
                          const std::vector<const api::Pod*>& leaving) {
  std::string text = DrainProgress(entry) + " gone";
  if (!entry.blocked_by.empty()) {
    text += "; " + DescribeBlock(entry.blocked_by.front());
    const std::size_t more =
        entry.blocked_by.size() - 1 + static_cast<std::size_t>(entry.blocked_by_more);
    return more == 0 ? text : text + "; and " + std::to_string(more) + " more";
  }
  return leaving.empty() ? text : text + "; waiting for pod " + leaving.front()->meta.Key();
}

std::string DescribeNode(const api::NodeInWork& entry) {
  std::string text = entry.name + ": " + NameOf(entry.step);
  if (!entry.message.empty()) {
    text += ", " + entry.message;
  }
  return text;
}

std::string Shorten(std::string text, std::size_t max) {
  std::size_t end = std::min(text.size(), max);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  text.resize(end);
  return text;
}

std::string JoinNames(const std::vector<std::string>& names, std::size_t max) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), max); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > max) {
    text += " and " + std::to_string(names.size() - max) + " more";
  }
  return text;
}

}  // namespace cu::planner
