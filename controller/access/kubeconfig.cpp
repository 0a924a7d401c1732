#include "access/kubeconfig.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include <yaml-cpp/yaml.h>

#include "base/base64.hpp"

namespace cu::access {
namespace {

/// Thrown and caught within this file, as yaml-cpp's own exceptions are.
struct Refused {
  std::string why;
};

/// A key whose value is null counts as absent.
bool Has(const YAML::Node& entry, const std::string& key) {
  return entry[key] && !entry[key].IsNull();
}

std::string Text(const YAML::Node& entry, const std::string& key) {
  return Has(entry, key) ? entry[key].as<std::string>() : std::string();
}

YAML::Node Named(const YAML::Node& root, const std::string& list, const std::string& name) {
  const YAML::Node entries = root[list + "s"];
  for (const YAML::Node& entry : entries) {
    if (Text(entry, "name") == name && entry[list] && entry[list].IsMap()) {
      return entry[list];
    }
  }
  throw Refused{"there is no " + list + " \"" + name + "\""};
}

/// `key` names a file, `key`-data holds its contents in base64 and wins.
SecretSource FileOrData(const YAML::Node& entry,
                        const std::string& key,
                        const std::filesystem::path& folder) {
  const std::string data = Text(entry, key + "-data");
  if (!data.empty()) {
    const std::optional<std::string> text = base::DecodeBase64(data);
    if (!text) {
      throw Refused{key + "-data is not valid base64"};
    }
    return {.text = *text, .file = ""};
  }
  const std::string file = Text(entry, key);
  return {.text = "", .file = file.empty() ? file : (folder / file).string()};
}

void Refuse(const YAML::Node& entry, const std::string& key, const std::string& why) {
  if (Has(entry, key) && !(entry[key].IsScalar() && Text(entry, key) == "false")) {
    throw Refused{key + " is not supported: " + why};
  }
}

bool IsLoopback(const std::string& server) {
  const auto hosts = std::to_array<std::string>({"http://127.0.0.1", "http://localhost"});
  return std::any_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
    const std::string rest = server.starts_with(host) ? server.substr(host.size()) : "?";
    return rest.empty() || rest.front() == ':' || rest.front() == '/';
  });
}

bool HasUser(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(begin, url.find('/', begin) - begin).find('@') != std::string::npos;
}

void ReadCluster(const YAML::Node& cluster,
                 const std::filesystem::path& folder,
                 ClusterAccess& access) {
  Refuse(cluster, "insecure-skip-tls-verify", "set the cluster's certificate-authority");
  Refuse(cluster, "proxy-url", "connect to the API server directly");
  Refuse(cluster, "tls-server-name", "use a server name that is in the certificate");
  access.server = Text(cluster, "server");
  // It would be in the log, and in every metric's label.
  if (HasUser(access.server)) {
    throw Refused{"the server URL contains a user name: use a token or a client certificate"};
  }
  if (access.server.find("://[") != std::string::npos) {
    throw Refused{"server " + access.server +
                  " is an IPv6 address, which is not supported: use a host name"};
  }
  if (IsLoopback(access.server)) {
    return;
  }
  if (access.server.rfind("https://", 0) != 0) {
    throw Refused{"server \"" + access.server +
                  "\" must be https://HOST:PORT (plain http is allowed for localhost only)"};
  }
  access.tls.authority = FileOrData(cluster, "certificate-authority", folder);
  if (access.tls.authority.empty()) {
    throw Refused{"certificate-authority or certificate-authority-data is missing"};
  }
}

void ReadUser(const YAML::Node& user, const std::filesystem::path& folder, ClusterAccess& access) {
  const std::string instead = "use a token, a tokenFile or a client certificate";
  for (const char* key : {"exec",
                          "auth-provider",
                          "username",
                          "password",
                          "as",
                          "as-uid",
                          "as-groups",
                          "as-user-extra"}) {
    Refuse(user, key, instead);
  }
  access.token.text = Text(user, "token");
  if (const std::string file = Text(user, "tokenFile"); !file.empty()) {
    access.token = {.text = "", .file = (folder / file).string()};
  }
  access.tls.certificate = FileOrData(user, "client-certificate", folder);
  access.tls.key = FileOrData(user, "client-key", folder);
  if (access.tls.certificate.empty() != access.tls.key.empty()) {
    throw Refused{"client-certificate and client-key must be set together, one of them is missing"};
  }
}

}  // namespace

base::Result<ClusterAccess> FromKubeconfig(const std::string& path) {
  const auto refused = [&path](const std::string& why) {
    return base::Error{base::ErrorKind::kInvalid, "kubeconfig " + path + ": " + why};
  };
  try {
    const YAML::Node root = YAML::LoadFile(path);
    if (!root.IsMap()) {
      return refused("it is not a valid kubeconfig");
    }
    const std::string current = Text(root, "current-context");
    if (current.empty()) {
      return refused("current-context is not set: kubectl config use-context NAME");
    }
    const YAML::Node context = Named(root, "context", current);
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    ClusterAccess access;
    ReadCluster(Named(root, "cluster", Text(context, "cluster")), folder, access);
    if (const std::string user = Text(context, "user"); !user.empty()) {
      ReadUser(Named(root, "user", user), folder, access);
    }
    return access;
  } catch (const Refused& refusal) {
    return refused(refusal.why);
  } catch (const YAML::BadFile&) {
    return refused("the file cannot be opened");
  } catch (const YAML::Exception& error) {
    return refused(error.what());
  }
}

}  // namespace cu::access
