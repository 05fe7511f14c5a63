// Replies: the same whatever the parts, and nested no deeper than is allowed.
#include "common/resp/reply_parser.h"
#include "tests/fuzz/in_parts.h"

#include <algorithm>
#include <string>
#include <vector>

namespace relay {
namespace {

struct Parsed {
  std::vector<Reply> replies;
  std::string error;
  bool operator==(const Parsed&) const = default;
};

std::size_t depth_of(const Reply& reply) {
  std::size_t deepest = 0;
  for (const Reply& element : reply.elements) deepest = std::max(deepest, depth_of(element));
  return deepest + 1;
}

Parsed parse(std::string_view input, std::size_t part) {
  ReplyParser parser(2000);
  Parsed parsed;
  for (std::size_t at = 0; at < input.size(); at += part) {
    parser.feed(input.substr(at, part));
    while (auto reply = parser.next()) {
      RELAY_CHECK(depth_of(*reply) <= ReplyParser::kDeepest + 1);
      parsed.replies.push_back(*std::move(reply));
    }
  }
  parsed.error = parser.error();
  return parsed;
}

}  // namespace
}  // namespace relay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  relay::check_that_parts_do_not_matter(relay::as_text(data, size), relay::parse);
  return 0;
}
