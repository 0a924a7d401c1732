#pragma once
#include <string>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace cu::access {

/// A certificate with its key, both PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

/// What a certificate that is made for a test says of itself.
struct Claims {
  std::string alternative_name = "IP:127.0.0.1";  ///< as OpenSSL's configuration writes it
  long valid_for_s = 3600;                        ///< negative: expired
};

namespace certificates {

template <class Write>
std::string Pem(Write write) {
  BIO* out = BIO_new(BIO_s_mem());
  write(out);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(out);
  return pem;
}

inline void Extend(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

inline X509* Begin(EVP_PKEY* key, const char* name, long valid_for_s) {
  static long serial = 0;
  X509* made = X509_new();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made), -7200);
  X509_gmtime_adj(X509_getm_notAfter(made), valid_for_s);
  X509_set_pubkey(made, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made),
                             "CN",
                             MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name),
                             -1,
                             -1,
                             0);
  return made;
}

inline Identity Finish(X509* made, EVP_PKEY* key) {
  Identity identity{Pem([&](BIO* out) { PEM_write_bio_X509(out, made); }), Pem([&](BIO* out) {
                      PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
                    })};
  X509_free(made);
  EVP_PKEY_free(key);
  return identity;
}

}  // namespace certificates

/// A self-signed authority.
inline Identity MakeAuthority(const char* name) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);  // as the transport does
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* made = certificates::Begin(key, name, 3600);
  X509_set_issuer_name(made, X509_get_subject_name(made));
  certificates::Extend(made, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(made, key, EVP_sha256());
  return certificates::Finish(made, key);
}

/// Signed by `authority`.
inline Identity MakeIdentity(const Identity& authority, const Claims& claims) {
  BIO* in = BIO_new_mem_buf(authority.certificate.data(), -1);
  X509* issuer = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  in = BIO_new_mem_buf(authority.key.data(), -1);
  EVP_PKEY* issuer_key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* made = certificates::Begin(key, "peer", claims.valid_for_s);
  X509_set_issuer_name(made, X509_get_subject_name(issuer));
  certificates::Extend(made, NID_subject_alt_name, claims.alternative_name);
  X509_sign(made, issuer_key, EVP_sha256());
  X509_free(issuer);
  EVP_PKEY_free(issuer_key);
  return certificates::Finish(made, key);
}

}  // namespace cu::access
