// What the configuration says of TLS, as common/tls takes it.
#pragma once

#include "common/tls/tls_context.h"
#include "proxy/config/config.h"

namespace relay {

TlsTerms tls_terms(const Config::Upstream& upstream);
TlsTerms tls_terms(const Config::Listen& listen);

}  // namespace relay
