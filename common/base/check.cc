#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace relay {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "level=fatal event=check_failed at=%s:%d condition=\"%s\"\n", file, line,
               condition);
  std::abort();
}

}  // namespace relay
