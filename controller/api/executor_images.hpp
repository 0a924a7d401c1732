#pragma once
#include <string>

namespace cu::api {

/// Images of the built-in executors where spec.executor names none; "" where the controller was
/// started with none. Without a tag they get the version's.
struct ExecutorImages {
  std::string kubeadm;
  std::string k3s;
  std::string rke2;
  bool operator==(const ExecutorImages&) const = default;
};

}  // namespace cu::api
