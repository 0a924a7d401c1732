#include "access/tls.hpp"

#include <memory>

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include "unit/access/certificates.hpp"

// Handshakes are tested with the transport (io/http_transport_trust_test.cpp).
namespace cu::access {
namespace {

class Context {
 public:
  std::optional<base::Error> Prepare(const TlsSources& sources) {
    return PrepareTls(context_.get(), sources, &refusal_);
  }
  int trusted() const {
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(context_.get())));
  }
  bool presents() const { return SSL_CTX_get0_certificate(context_.get()) != nullptr; }
  bool key_fits() const { return SSL_CTX_check_private_key(context_.get()) == 1; }
  std::size_t chain() const {
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(context_.get(), &chain);
    return static_cast<std::size_t>(sk_X509_num(chain));
  }
  long oldest_protocol() const { return SSL_CTX_get_min_proto_version(context_.get()); }

 private:
  std::string refusal_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_client_method()),
                                                             SSL_CTX_free};
};

TlsSources Trusting(const std::string& authority) {
  TlsSources sources;
  sources.authority.text = authority;
  return sources;
}

TEST_CASE("the cluster's authorities are trusted and no other, from TLS 1.2 on", "[access]") {
  const std::string two = MakeAuthority("one").certificate + MakeAuthority("two").certificate;
  Context context;
  CHECK_FALSE(context.Prepare(Trusting(two)));
  CHECK(context.trusted() == 2);
  CHECK(context.oldest_protocol() == TLS1_2_VERSION);
  CHECK_FALSE(context.presents());
  CHECK_FALSE(context.Prepare(Trusting(MakeAuthority("three").certificate)));
  CHECK(context.trusted() == 1);
}

TEST_CASE("an authority without a certificate is refused", "[access]") {
  for (const std::string& text : {std::string(), std::string("no PEM"), MakeAuthority("a").key}) {
    const auto error = Context().Prepare(Trusting(text));
    REQUIRE(error);
    CHECK(error->kind == base::ErrorKind::kInvalid);
    CHECK(error->message == "the given text contains no PEM-encoded certificate");
  }
  TlsSources missing;
  missing.authority.file = "/nonexistent/ca.crt";
  const auto error = Context().Prepare(missing);
  REQUIRE(error);
  CHECK(error->kind == base::ErrorKind::kUnavailable);
  CHECK(error->message == "cannot read /nonexistent/ca.crt");
}

TEST_CASE("a client certificate is presented with its issuers", "[access]") {
  const Identity authority = MakeAuthority("authority");
  const Identity own = MakeIdentity(authority, {});
  TlsSources sources = Trusting(authority.certificate);
  sources.certificate.text = own.certificate + authority.certificate;
  sources.key.text = own.key;
  Context context;
  CHECK_FALSE(context.Prepare(sources));
  CHECK(context.presents());
  CHECK(context.key_fits());
  CHECK(context.chain() == 1);
}

TEST_CASE("a client certificate without its own key is refused", "[access]") {
  const Identity authority = MakeAuthority("authority");
  TlsSources sources = Trusting(authority.certificate);
  sources.certificate.text = MakeIdentity(authority, {}).certificate;
  for (const std::string& key : {std::string(), authority.key, authority.certificate}) {
    sources.key.text = key;
    const auto error = Context().Prepare(sources);
    REQUIRE(error);
    CHECK(error->message.find("private key of the client certificate") != std::string::npos);
  }
  sources.certificate.text = "no PEM";
  CHECK(Context().Prepare(sources)->message ==
        "the given text contains no PEM-encoded certificate");
}

}  // namespace
}  // namespace cu::access
