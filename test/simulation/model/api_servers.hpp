#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/database.hpp"
#include "model/rng.hpp"

namespace cu::simulation {

/// The flags of an API server that concern tokens; they hold until its next start.
struct Keyring {
  std::set<std::string> accepted;  ///< kids
  std::string signer;
  std::string issuer;
};

/// A service-account token, without its signature.
struct Token {
  std::string signer;
  std::string issuer;
  base::WallTime issued;  ///< whole seconds, by the server's clock
  bool operator==(const Token&) const = default;
};

/// The processes of kube-apiserver behind one address: which keys each of them signs with and
/// accepts, their identity Leases, and the certificate authorities that
/// kube-controller-manager publishes. All share one database. None before Begin: then every token
/// is accepted.
class ApiServers {
 public:
  ApiServers(Timeline& timeline, Database& database, Rng rng);

  /// `new_leases`: a server makes its Lease anew at its start, as since 1.36.
  void Begin(int count, const Keyring& keys, bool new_leases);
  bool begun() const { return !servers_.empty(); }
  int count() const { return static_cast<int>(servers_.size()); }
  bool new_leases() const { return new_leases_; }
  /// Ends it, and starts it after `away` with these keys. `killed`: it leaves its Lease behind.
  void Restart(int server, const Keyring& keys, Duration away, bool killed);
  /// Leaves the Lease of a server that was killed and is not there any more.
  void AddDeadLease();
  /// kube-root-ca.crt of these namespaces is `certificates` texts; pods get it up to 50 s later.
  void Publish(const std::string& ns, const std::vector<std::string>& certificates);

  /// Begun, and nobody answers.
  bool all_down() const;
  /// Of a random server that is up; of one that was, if none is.
  Token Issue();
  /// A random one that is up takes it.
  bool Accepts(const Token& token);
  /// Every one that is up or comes back takes it.
  bool AllAccept(const Token& token) const;
  /// GET /openid/v1/jwks of a random one; null: none has begun.
  Json KeySet();
  /// What all of them sign with; none while they differ or one is away.
  std::optional<Keyring> common() const;

  /// The token that a pod was started with; null: none.
  const Token* TokenOf(const std::string& pod_uid) const;
  /// How many certificates were in the bundle that the pod was started with; 0: it holds none.
  std::size_t AuthoritiesOf(const std::string& pod_uid) const;

  /// Called when one was ended, and when it has started.
  void set_on_restart(std::function<void()> on_restart) { on_restart_ = std::move(on_restart); }

 private:
  struct Server {
    Keyring keys;
    bool up = true;
    std::string lease;  ///< its key
  };
  struct Bundle {
    std::size_t before = 0;
    std::size_t now = 0;
    base::SteadyTime seen_from;  ///< by kubelets
  };
  void OnPod(const Change& change);
  void StartServer(std::size_t server);
  void RenewLeases();
  Server& PickUp();

  Timeline& timeline_;
  Database& database_;
  Rng rng_;
  bool new_leases_ = true;
  std::vector<Server> servers_;
  std::map<std::string, Token> tokens_;         ///< by pod UID
  std::map<std::string, std::size_t> bundles_;  ///< certificates, by pod UID
  std::map<std::string, Bundle> published_;     ///< by namespace
  std::function<void()> on_restart_;
};

/// The token files of the controllers' pods: projected for 900 s, and written anew by the kubelet
/// after 80 % of that.
class TokenFiles {
 public:
  TokenFiles(Timeline& timeline, ApiServers& servers, Rng rng);
  /// Pre: the servers have begun.
  void Begin(const std::vector<std::string>& replicas);
  /// Null: nobody looks at tokens.
  const Token* Of(const std::string& replica) const;

 private:
  void RenewAfter(const std::string& replica, Duration life);

  Timeline& timeline_;
  ApiServers& servers_;
  Rng rng_;
  std::map<std::string, Token> files_;
};

inline constexpr Duration kTokenLife = std::chrono::seconds{900};
/// Within which the kubelet writes a token anew after it was issued: at 80 % of its life, looked at
/// with each sync of the pod, which is every 60 s to 90 s.
inline constexpr Duration kTokenRenewal = std::chrono::seconds{720 + 90};

}  // namespace cu::simulation
