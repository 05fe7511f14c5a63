// Snapshots: the same verdict whatever the parts; one that is found good is found bad with a bit of
// it flipped.
#include "proxy/snapshot/rdb_verifier.h"
#include "tests/fuzz/in_parts.h"

#include <string>

namespace relay {
namespace {

struct Judged {
  bool ok = false;
  bool checksum_disabled = false;
  int version = 0;
  std::uint64_t size = 0;
  std::string text;
  std::optional<ReplId> repl_id;
  std::optional<Offset> repl_offset;
  bool aux_is_read = false;
  bool operator==(const Judged&) const = default;
};

Judged judge(std::string_view input, std::size_t part) {
  RdbVerifier verifier;
  for (std::size_t at = 0; at < input.size(); at += part) verifier.observe(input.substr(at, part));
  RdbVerifier::Verdict verdict = verifier.finish();
  RELAY_CHECK(verdict.ok == verdict.text.empty());
  RELAY_CHECK(verdict.size == input.size());
  return {verdict.ok,          verdict.checksum_disabled, verdict.version,
          verdict.size,        std::move(verdict.text),   verdict.repl_id,
          verdict.repl_offset, verifier.aux_is_read()};
}

}  // namespace
}  // namespace relay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relay;
  const std::string_view input = as_text(data, size);
  check_that_parts_do_not_matter(input, judge);
  const Judged whole = judge(input, input.size() + 1);
  if (whole.ok && !whole.checksum_disabled) {
    std::string damaged(input);
    damaged[input.size() / 2] = static_cast<char>(damaged[input.size() / 2] ^ 1);
    RELAY_CHECK(!judge(damaged, damaged.size()).ok);
  }
  return 0;
}
