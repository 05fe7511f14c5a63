#include "tests/support/certificates.h"

#include "common/tls/openssl_pointers.h"
#include "tests/support/text_file.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace relay::test {
namespace {

using openssl::Bio;
using openssl::bio_of;
using openssl::Certificate;
using openssl::Key;

constexpr long kDay = 24 * 3600;

void must(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("certificates: ") + what);
}

std::string text_of(const Bio& bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  must(extension != nullptr, "an extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

struct Made {
  std::string certificate;
  std::string key;
};

// Of the issuer that is given, or of itself.
Made make(const std::string& name, const std::string& alternative, int days, X509* issuer,
          EVP_PKEY* signer) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const Certificate certificate(X509_new());
  must(key && certificate, "no key");
  X509* const x = certificate.get();
  X509_set_version(x, 2);
  std::uint32_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set(X509_get_serialNumber(x), static_cast<long>(serial >> 1) + 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -10 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(x), days * kDay);
  X509_set_pubkey(x, key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(issuer != nullptr ? issuer : x));
  if (issuer == nullptr) {
    extend(x, x, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    extend(x, issuer, NID_subject_alt_name, alternative);
  }
  must(X509_sign(x, signer != nullptr ? signer : key.get(), EVP_sha256()) > 0, "signing");
  const Bio text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(text.get(), x);
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(text), text_of(key_text)};
}

}  // namespace

Authority::Authority(std::filesystem::path directory, std::string name)
    : directory_(std::move(directory)),
      name_(std::move(name)),
      file_(directory_ / (name_ + "-ca.crt")) {
  const Made made = make(name_, "", 10, nullptr, nullptr);
  certificate_ = made.certificate;
  key_ = made.key;
  write_text(file_, certificate_);
}

CertificateFiles Authority::issue(const std::string& file_name, const std::string& names,
                                  int days) const {
  const Bio certificate_bio = bio_of(certificate_);
  const Bio key_bio = bio_of(key_);
  const Certificate ca(PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr));
  const Key key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  const Made made = make(file_name, names, days, ca.get(), key.get());
  CertificateFiles files{directory_ / (name_ + "-" + file_name + ".crt"),
                         directory_ / (name_ + "-" + file_name + ".key")};
  write_text(files.certificate, made.certificate);
  write_text(files.key, made.key);
  return files;
}

}  // namespace relay::test
