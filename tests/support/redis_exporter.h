// A real redis_exporter: Debian 12's, or another version's program. It asks whichever server it is
// told to at each scrape.
//
// Threading: the test's main thread.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/reserved_port.h"
#include "tests/support/temp_dir.h"

#include <memory>
#include <string>

namespace relay::test {

class RedisExporter {
 public:
  explicit RedisExporter(const std::filesystem::path& program);

  std::uint16_t port() const { return port_.number(); }
  // What it has to say of the server on this port of 127.0.0.1.
  std::string scrape(std::uint16_t server) const;

 private:
  TempDir dir_;
  ReservedPort port_;
  std::unique_ptr<ChildProcess> process_;
};

// How a target is written: redis://127.0.0.1:6379
std::string redis_url(std::uint16_t port);

}  // namespace relay::test
