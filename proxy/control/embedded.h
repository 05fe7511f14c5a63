// The texts that are compiled into the program: the status page and the description of the API,
// made from control/page/ and control/openapi.yaml by common/cmake/embed_text.cmake at build time.
//
// Threading: any.
#pragma once

#include <string_view>

namespace relay {

// The page with its style and its script in it, and with the marks that page.h fills in.
std::string_view page_template();

// The value of Content-Security-Policy that goes with it: that style and that script, by their
// hashes, answers from the same host, nothing else.
std::string_view page_security_policy();

std::string_view openapi_yaml();

}  // namespace relay
