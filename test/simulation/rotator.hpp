#pragma once
#include <vector>

#include "model/cluster.hpp"

namespace cu::simulation {

/// How people change the keys of the API servers, or what these are trusted by.
struct Rotation {
  enum class Kind {
    kSoft,       ///< all accept both keys, then all sign with the new one, then the old one goes
    kHard,       ///< key after key
    kIssuer,     ///< another issuer, the same key: old tokens are refused
    kAborted,    ///< soft, but the second pass is given up half-way
    kAuthority,  ///< one more certificate authority in kube-root-ca.crt
  };
  Kind kind = Kind::kSoft;
  Duration at = std::chrono::minutes{2};
  /// Where what is signed with changes; at most 30 s in other passes.
  Duration between_servers = std::chrono::seconds{30};
  Duration between_passes = std::chrono::minutes{14};
  bool kills = false;       ///< servers are killed: their Leases stay
  bool new_leases = true;   ///< ApiServers::Begin
  bool dead_lease = false;  ///< that of a server that was killed long ago is there
};

/// The people who do it.
class Rotator {
 public:
  Rotator(Cluster& cluster, const Rotation& rotation, Rng rng);
  /// Starts `count` API servers with a first key, and changes it later.
  void Begin(int count);
  /// Earlier than at Rotation::at; does nothing if it has begun.
  void Start();
  bool done() const { return done_; }

 private:
  void PublishBoth();
  void MakePasses();
  void Next();

  Cluster& cluster_;
  Rotation rotation_;
  Rng rng_;
  struct Step {
    int server = 0;
    Keyring keys;
    Duration after{};  ///< since the step before
  };
  std::vector<Step> steps_;
  std::size_t next_ = 0;
  bool started_ = false;
  bool done_ = false;
};

}  // namespace cu::simulation
