// Comparing what somebody shows with a secret.
//
// Threading: pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace relay {

// Equality whose time depends on the length of `given` alone, so that it does not tell how much of
// it was right.
inline bool equals_secret(std::string_view secret, std::string_view given) {
  unsigned difference = secret.size() == given.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const unsigned wanted =
        secret.empty() ? 0 : static_cast<unsigned char>(secret[i % secret.size()]);
    // Reading through volatile keeps the compiler from leaving the loop at the first difference.
    const volatile unsigned char byte = static_cast<unsigned char>(given[i]);
    difference |= wanted ^ byte;
  }
  return difference == 0;
}

}  // namespace relay
