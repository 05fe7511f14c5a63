// Replies to PSYNC: every line has one meaning, its line break changes nothing, and no error ever
// leads to a resync.
#include "proxy/upstream/psync_reply.h"
#include "tests/fuzz/in_parts.h"

#include <variant>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relay;
  const std::string_view line = as_text(data, size);
  const PsyncReply reply = parse_psync_reply(line);
  RELAY_CHECK(parse_psync_reply(std::string(line) + "\r\n") == reply);

  const bool continues = std::holds_alternative<PsyncContinue>(reply);
  const bool full = std::holds_alternative<PsyncFullResync>(reply);
  const bool malformed = std::holds_alternative<PsyncMalformed>(reply);
  RELAY_CHECK(!continues || line.starts_with("+CONTINUE"));
  RELAY_CHECK(!full || line.starts_with("+FULLRESYNC "));
  RELAY_CHECK(!line.starts_with('-') || !(continues || full || malformed));
  if (const auto* told = std::get_if<PsyncFullResync>(&reply)) {
    RELAY_CHECK(!told->id.is_none());
    const std::string again =
        "+FULLRESYNC " + told->id.str() + " " + std::to_string(told->offset.bytes());
    RELAY_CHECK(parse_psync_reply(again) == reply);
  }
  return 0;
}
