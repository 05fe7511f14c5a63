// What an HTTP request is told that is not answered as it wished: RFC 9457, for people and programs.
//
// Threading: pure.
#pragma once

#include "proxy/control/http_message.h"

#include <string>
#include <string_view>
#include <vector>

namespace relay {

// `detail`: what is wrong, and where, in a sentence. `errors`: where there are several.
HttpResponse problem(unsigned status, std::string_view detail, std::string_view instance,
                     const std::vector<std::string>& errors = {});

// "Not Found"
std::string_view title_of(unsigned status);

}  // namespace relay
