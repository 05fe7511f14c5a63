#include "tests/support/redis_exporter.h"

#include "tests/support/http_page.h"
#include "tests/support/text_file.h"

#include <stdexcept>

namespace relay::test {

std::string redis_url(std::uint16_t port) { return "redis://127.0.0.1:" + std::to_string(port); }

RedisExporter::RedisExporter(const std::filesystem::path& program) {
  Program exporter;
  // No server of its own: a name that is none would be tried, and what is said of it is not asked.
  exporter.argv = {
      program, "--redis.addr=", "--web.listen-address=127.0.0.1:" + std::to_string(port_.number())};
  exporter.output = dir_ / "log";
  process_ = std::make_unique<ChildProcess>(exporter);
  wait_until(
      [this] { return !process_->is_running() || !http_page(port_.number(), "/health").empty(); },
      kPatience, "redis_exporter answering");
  if (!process_->is_running()) {
    throw std::runtime_error("redis_exporter has ended at once:\n" + read_text(dir_ / "log"));
  }
}

std::string RedisExporter::scrape(std::uint16_t server) const {
  return http_page(port_.number(), "/scrape?target=" + query_escaped(redis_url(server)));
}

}  // namespace relay::test
