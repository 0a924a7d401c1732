#include "target.hpp"

#include <cstdio>
#include <cstdlib>

namespace cu::fuzz {

const std::vector<Target>& Targets() {
  static const std::vector<Target> targets = {
      {"watch_line",
       RunWatchLine,
       true,
       {"\"metadata\"",
        "\"ownerReferences\"",
        "\"type\":\"BOOKMARK\"",
        "\"kind\":\"Status\"",
        "null",
        "9223372036854775807",
        "-1",
        "1e999",
        "\"0001-01-01T00:00:00Z\"",
        "\"2026-13-40T25:61:61.9Z\""}},
      {"upgrade",
       RunUpgrade,
       true,
       {"\"spec\"",
        "\"status\"",
        "\"inProgress\"",
        "\"v1.36.3\"",
        "\"100%\"",
        "2147483648",
        "-1",
        "null",
        "[]",
        "{}"}},
      {"kubeconfig",
       RunKubeconfig,
       false,
       {"clusters:",
        "users:",
        "contexts:",
        "current-context:",
        "server: ",
        "https://",
        "token: ",
        "&a ",
        "*a",
        "<<: *a",
        "!!binary ",
        "certificate-authority-data: ",
        "client-key-data: ",
        "exec:",
        "proxy-url:",
        "---\n",
        "- ",
        "\t"}},
      {"config_file",
       RunConfigFile,
       false,
       {"namespace: ",
        "job-namespace: ",
        "leader-elect: ",
        "metrics-bind-address: ",
        "health-probe-bind-address: ",
        "v: ",
        "log-format: ",
        "config: ",
        "[::1]:80",
        ":8080",
        "&a ",
        "*a",
        "<<: *a",
        "? ",
        "---\n",
        "- ",
        "|\n"}},
      {"http_request",
       RunHttpRequest,
       false,
       {"GET ",
        "HEAD ",
        "POST ",
        "/metrics",
        "/healthz",
        "/readyz?verbose",
        " HTTP/1.1",
        "\r\n",
        "\r\n\r\n",
        "Host: a",
        "Content-Length: 9",
        "Transfer-Encoding: chunked",
        "%2e%2e",
        "?",
        "Expect: 100-continue"}},
      {"controller", RunController, false, {}},
  };
  return targets;
}

void Require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
  }
}

}  // namespace cu::fuzz
