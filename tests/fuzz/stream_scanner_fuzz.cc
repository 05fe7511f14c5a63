// The replication stream: the same borders whatever the parts; the boundary never moves back and
// never passes the end.
#include "proxy/upstream/stream_scanner.h"
#include "tests/fuzz/in_parts.h"

#include <optional>
#include <string>

namespace relay {
namespace {

struct Seen {
  Offset position;
  Offset boundary;
  std::optional<Offset> getack;
  bool in_transaction = false;
  std::string error;
  bool operator==(const Seen&) const = default;
};

Seen scan(std::string_view input, std::size_t part) {
  const Offset start = Offset::of_bytes(1000);
  StreamScanner scanner;
  scanner.start(start);
  Seen seen;
  for (std::size_t at = 0; at < input.size(); at += part) {
    const Offset before = scanner.boundary();
    const std::string error(scanner.error());
    scanner.observe(input.substr(at, part));
    RELAY_CHECK(scanner.boundary() >= before && scanner.boundary() <= scanner.position());
    RELAY_CHECK(error.empty() || (scanner.error() == error && scanner.boundary() == before));
    if (const auto getack = scanner.take_getack()) {
      RELAY_CHECK(*getack >= start && *getack < scanner.position());
      seen.getack = getack;
    }
  }
  RELAY_CHECK(scanner.position() == start + input.size());
  seen.position = scanner.position();
  seen.boundary = scanner.boundary();
  seen.in_transaction = scanner.in_transaction();
  seen.error = scanner.error();
  return seen;
}

}  // namespace
}  // namespace relay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  relay::check_that_parts_do_not_matter(relay::as_text(data, size), relay::scan);
  return 0;
}
