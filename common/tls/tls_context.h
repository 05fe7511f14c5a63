// What TLS connections of one kind have in common: our certificate, whom we trust, how a peer is
// verified. Made of texts (PEM), which the configuration has read from its files.
//
//  (1) TLS 1.2 and newer. No renegotiation, no compression, no tickets: replicas reconnect rarely,
//      and what is remembered about each would cost more than a handshake.
//  (2) A context that cannot be made says which of its texts is wrong, and never quotes a key.
//
// Threading: a value once it is made; any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

struct ssl_ctx_st;

namespace relay {

struct TlsTerms {
  enum class Role { kClient, kServer };
  enum class Peer {
    kVerified,  // it shows a certificate that the CA has signed
    kOptional,  // it may show none; one that it shows is verified
    kAny,       // nothing is asked of it
  };
  Role role = Role::kClient;
  Peer peer = Peer::kVerified;
  std::string ca;           // "": the system's
  std::string certificate;  // ours, with its chain; "": none
  std::string key;
  bool operator==(const TlsTerms&) const = default;
};

// A context that cannot be made, or a connection that broke its rules.
class TlsFault : public std::runtime_error {
 public:
  enum class Part { kCa, kCertificate, kKey, kConnection };
  TlsFault(Part which, const std::string& text) : std::runtime_error(text), part(which) {}
  Part part;
};

class TlsContext {
 public:
  explicit TlsContext(const TlsTerms& terms);  // throws TlsFault

  ssl_ctx_st* native() const { return context_.get(); }
  TlsTerms::Role role() const { return role_; }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  TlsTerms::Role role_;
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

// The context of the terms that it is asked for; made when they change.
class TlsContextCache {
 public:
  std::shared_ptr<const TlsContext> get(const TlsTerms& terms);  // throws TlsFault

 private:
  TlsTerms terms_;
  std::shared_ptr<const TlsContext> context_;
};

// When the first certificate of the text ceases to be good; none where there is none.
std::optional<std::chrono::system_clock::time_point> expiry_of(const std::string& certificate);

// What OpenSSL has to say about the failure on this thread, which it forgets.
std::string tls_reason();

}  // namespace relay
