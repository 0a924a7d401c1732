#include "access/tls.hpp"

#include <memory>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace cu::access {
namespace {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;

Bio Reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

base::Error NotPem(const SecretSource& source, const std::string& what) {
  ERR_clear_error();
  const std::string where = source.file.empty() ? "the given text" : source.file;
  return {base::ErrorKind::kInvalid, where + " contains no PEM-encoded " + what};
}

std::optional<base::Error> TrustOnly(SSL_CTX* context, const SecretSource& authority) {
  const base::Result<std::string> text = Read(authority);
  if (!text) {
    return text.error();
  }
  Store store(X509_STORE_new());
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  const Bio reader = Reader(*text);
  int trusted = 0;
  while (const Certificate one{PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)}) {
    trusted += X509_STORE_add_cert(store.get(), one.get());
  }
  ERR_clear_error();  // the end of the text is reported as an error
  if (trusted == 0) {
    return NotPem(authority, "certificate");
  }
  SSL_CTX_set_cert_store(context, store.release());
  return std::nullopt;
}

// Without it OpenSSL would ask on the terminal.
int NoPassphrase(char*, int, int, void*) {
  return -1;
}

std::optional<base::Error> Present(SSL_CTX* context, const TlsSources& sources) {
  const base::Result<std::string> chain = Read(sources.certificate);
  const base::Result<std::string> key_text = Read(sources.key);
  if (!chain || !key_text) {
    return chain ? key_text.error() : chain.error();
  }
  const Bio reader = Reader(*chain);
  const Certificate own{PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)};
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) {
    return NotPem(sources.certificate, "certificate");
  }
  while (const Certificate issuer{PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)}) {
    SSL_CTX_add1_chain_cert(context, issuer.get());
  }
  ERR_clear_error();
  const PrivateKey key{
      PEM_read_bio_PrivateKey(Reader(*key_text).get(), nullptr, NoPassphrase, nullptr)};
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return NotPem(sources.key, "private key of the client certificate");
  }
  return std::nullopt;
}

int RefusalIndex() {
  static const int kIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

void NoteRefusal(const SSL* connection, int where, int alert) {
  if (where != SSL_CB_WRITE_ALERT || (alert >> 8) != SSL3_AL_FATAL) {
    return;
  }
  auto* refusal =
      static_cast<std::string*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), RefusalIndex()));
  const long verdict = SSL_get_verify_result(connection);
  *refusal = verdict == X509_V_OK ? SSL_alert_desc_string_long(alert)
                                  : X509_verify_cert_error_string(verdict);
}

}  // namespace

std::optional<base::Error> PrepareTls(ssl_ctx_st* context,
                                      const TlsSources& sources,
                                      std::string* refusal) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_ex_data(context, RefusalIndex(), refusal);
  SSL_CTX_set_info_callback(context, NoteRefusal);
  std::optional<base::Error> error = TrustOnly(context, sources.authority);
  if (!error && !sources.certificate.empty()) {
    error = Present(context, sources);
  }
  return error;
}

}  // namespace cu::access
