#include <string>

#include <openssl/ssl.h>

#include "access/kubeconfig.hpp"
#include "access/tls.hpp"
#include "memory_file.hpp"
#include "target.hpp"

namespace cu::fuzz {

void RunKubeconfig(std::string_view input) {
  const MemoryFile file(input);
  const auto access = access::FromKubeconfig(file.path());
  if (!access.ok()) {
    Require(access.error().kind == base::ErrorKind::kInvalid && !access.error().message.empty(),
            "what cannot be used is refused with a reason");
    return;
  }
  Require(access->server.starts_with("http://") || access->server.starts_with("https://"),
          "the server is a URL");
  access::TlsSources texts = access->tls;
  for (access::SecretSource* source : {&texts.authority, &texts.certificate, &texts.key}) {
    source->file.clear();
  }
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  std::string refusal;
  access::PrepareTls(context, texts, &refusal);
  SSL_CTX_free(context);
}

}  // namespace cu::fuzz
