#include "common/tls/tls_context.h"

#include "common/tls/openssl_pointers.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>

namespace relay {
namespace {

using Part = TlsFault::Part;

using openssl::Bio;
using openssl::bio_of;
using openssl::Certificate;
using openssl::Key;

// A key with a passphrase is one that we cannot read: nobody is there to be asked.
int no_passphrase(char*, int, int, void*) { return 0; }

// The next of the text; null at its end, and where it is broken.
Certificate next_certificate(const Bio& bio) {
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
}

bool is_at_end() {
  const unsigned long error = ERR_peek_last_error();
  const bool ended = error == 0 || (ERR_GET_LIB(error) == ERR_LIB_PEM &&
                                    ERR_GET_REASON(error) == PEM_R_NO_START_LINE);
  if (ended) ERR_clear_error();
  return ended;
}

[[noreturn]] void fail(Part part, const std::string& what) {
  const std::string reason = tls_reason();
  throw TlsFault(part, reason.empty() ? what : what + " (" + reason + ")");
}

void use_certificate(SSL_CTX* context, const TlsTerms& terms) {
  const Bio bio = bio_of(terms.certificate);
  const Certificate ours = next_certificate(bio);
  if (!ours || SSL_CTX_use_certificate(context, ours.get()) != 1) {
    fail(Part::kCertificate, "it holds no certificate");
  }
  while (Certificate above = next_certificate(bio)) {
    if (SSL_CTX_add1_chain_cert(context, above.get()) != 1) {
      fail(Part::kCertificate, "the chain in it cannot be used");
    }
  }
  if (!is_at_end()) fail(Part::kCertificate, "the chain in it is broken");
  const Bio key_bio = bio_of(terms.key);
  const Key key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) fail(Part::kKey, "it holds no private key without a passphrase");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    ERR_clear_error();
    fail(Part::kKey, "it is not the key of the certificate");
  }
}

void trust(SSL_CTX* context, const TlsTerms& terms) {
  if (terms.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    ERR_clear_error();  // of a system without CAs: whoever is verified then fails, and says so
    return;
  }
  const Bio bio = bio_of(terms.ca);
  bool some = false;
  while (const Certificate ca = next_certificate(bio)) {
    some = true;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get());
    if (terms.role == TlsTerms::Role::kServer) SSL_CTX_add_client_CA(context, ca.get());
  }
  if (!is_at_end() || !some) fail(Part::kCa, "it holds no certificate of a CA");
}

int verify_mode(const TlsTerms& terms) {
  switch (terms.peer) {
    case TlsTerms::Peer::kVerified:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    case TlsTerms::Peer::kOptional:
      return SSL_VERIFY_PEER;
    case TlsTerms::Peer::kAny:
      break;
  }
  return SSL_VERIFY_NONE;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsContext::TlsContext(const TlsTerms& terms)
    : role_(terms.role),
      context_(SSL_CTX_new(terms.role == TlsTerms::Role::kServer ? TLS_server_method()
                                                                 : TLS_client_method())) {
  SSL_CTX* context = context_.get();
  if (context == nullptr) fail(Part::kConnection, "no context for TLS");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context, verify_mode(terms), nullptr);
  if (!terms.certificate.empty()) use_certificate(context, terms);
  if (terms.peer != TlsTerms::Peer::kAny) trust(context, terms);
}

std::shared_ptr<const TlsContext> TlsContextCache::get(const TlsTerms& terms) {
  if (!context_ || terms != terms_) {
    context_ = std::make_shared<const TlsContext>(terms);
    terms_ = terms;
  }
  return context_;
}

std::optional<std::chrono::system_clock::time_point> expiry_of(const std::string& certificate) {
  const Bio bio = bio_of(certificate);
  const Certificate first = next_certificate(bio);
  ERR_clear_error();
  std::tm when{};
  if (!first || ASN1_TIME_to_tm(X509_get0_notAfter(first.get()), &when) != 1) return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&when));
}

std::string tls_reason() {
  // The last one is the nearest to what failed.
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (error == 0) return {};
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "error " + std::to_string(error);
}

}  // namespace relay
