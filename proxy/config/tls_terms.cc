#include "proxy/config/tls_terms.h"

namespace relay {

TlsTerms tls_terms(const Config::Upstream& upstream) {
  TlsTerms terms;
  terms.role = TlsTerms::Role::kClient;
  terms.peer = upstream.tls_skip_verify ? TlsTerms::Peer::kAny : TlsTerms::Peer::kVerified;
  terms.ca = upstream.tls_ca_file.text;
  terms.certificate = upstream.tls_cert_file.text;
  terms.key = upstream.tls_key_file.text;
  return terms;
}

TlsTerms tls_terms(const Config::Listen& listen) {
  TlsTerms terms;
  terms.role = TlsTerms::Role::kServer;
  switch (listen.tls_auth_clients) {
    case AuthClients::kNo:
      terms.peer = TlsTerms::Peer::kAny;
      break;
    case AuthClients::kOptional:
      terms.peer = TlsTerms::Peer::kOptional;
      break;
    case AuthClients::kYes:
      terms.peer = TlsTerms::Peer::kVerified;
      break;
  }
  terms.ca = listen.tls_ca_file.text;
  terms.certificate = listen.tls_cert_file.text;
  terms.key = listen.tls_key_file.text;
  return terms;
}

}  // namespace relay
