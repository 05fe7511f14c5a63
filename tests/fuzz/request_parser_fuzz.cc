// Requests: the same whatever the parts, within the limit, and each survives being sent again as an
// array.
#include "common/resp/reply_writer.h"
#include "common/resp/request_parser.h"
#include "tests/fuzz/in_parts.h"

#include <string>
#include <vector>

namespace relay {
namespace {

constexpr std::size_t kLimit = 2000;

struct Parsed {
  std::vector<std::vector<std::string>> requests;
  std::string error;
  bool operator==(const Parsed&) const = default;
};

Parsed parse(std::string_view input, std::size_t part, std::size_t limit) {
  RequestParser parser(limit);
  Parsed parsed;
  for (std::size_t at = 0; at < input.size(); at += part) {
    parser.feed(input.substr(at, part));
    while (const Request* request = parser.next()) {
      RELAY_CHECK(!request->empty());
      parsed.requests.emplace_back(request->begin(), request->end());
    }
    RELAY_CHECK(parser.unconsumed().size() == parser.buffered());
    RELAY_CHECK(!parser.error().empty() || parser.buffered() <= limit);
  }
  parsed.error = parser.error();
  return parsed;
}

void check_round_trip(const std::vector<std::string>& words) {
  std::string bytes;
  ReplyWriter writer(bytes);
  writer.array(words.size());
  for (const std::string& word : words) writer.bulk(word);
  const Parsed again = parse(bytes, bytes.size(), bytes.size());
  RELAY_CHECK(again.requests.size() == 1 && again.requests.front() == words);
}

}  // namespace
}  // namespace relay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relay;
  const std::string_view input = as_text(data, size);
  check_that_parts_do_not_matter(
      input, [](std::string_view bytes, std::size_t part) { return parse(bytes, part, kLimit); });
  for (const auto& words : parse(input, input.size() + 1, kLimit).requests) check_round_trip(words);
  return 0;
}
