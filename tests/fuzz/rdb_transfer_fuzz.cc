// The framing of a snapshot: the same body whatever the parts. Only a mark with bytes behind it
// depends on them, as it must: behind the end of a read it is the end, within one it is a fault.
#include "proxy/snapshot/rdb_transfer.h"
#include "tests/fuzz/in_parts.h"

#include <array>
#include <string>

namespace relay {
namespace {

struct Received {
  RdbTransfer::State state = RdbTransfer::State::kHeader;
  RdbTransfer::Framing framing = RdbTransfer::Framing::kUnknown;
  std::string body;
  std::string text;
  std::size_t consumed = 0;
  bool operator==(const Received&) const = default;
};

Received receive(std::string_view input, std::size_t part) {
  using State = RdbTransfer::State;
  RdbTransfer transfer;
  Received received;
  for (std::size_t at = 0; at < input.size(); at += part) {
    const std::string_view bytes = input.substr(at, part);
    const RdbTransfer::Step step = transfer.feed(bytes);
    RELAY_CHECK(step.consumed <= bytes.size());
    RELAY_CHECK(step.body.empty() ||
                (step.body.data() >= bytes.data() &&
                 step.body.data() + step.body.size() <= bytes.data() + step.consumed));
    received.body.append(step.held).append(step.body);
    received.consumed += step.consumed;
    const bool open = transfer.state() == State::kHeader || transfer.state() == State::kBody;
    RELAY_CHECK(!open || step.consumed == bytes.size());
    const bool explained =
        transfer.state() == State::kAborted || transfer.state() == State::kBroken;
    RELAY_CHECK(transfer.text().empty() == !explained);
  }
  RELAY_CHECK(transfer.passed() == received.body.size());
  if (transfer.state() == State::kDone) RELAY_CHECK(transfer.size() == received.body.size());
  received.state = transfer.state();
  received.framing = transfer.framing();
  received.text = transfer.text();
  if (received.state == State::kBroken) received.consumed = 0;  // how far a fault is seen is open
  return received;
}

}  // namespace
}  // namespace relay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relay;
  using State = RdbTransfer::State;
  const std::string_view input = as_text(data, size);
  const Received whole = receive(input, input.size() + 1);
  const bool glued = whole.state == State::kBroken && whole.framing == RdbTransfer::Framing::kMark;
  constexpr std::array<std::size_t, 5> kSizes = {1, 2, 7, 41, 100};
  for (const std::size_t part : kSizes) {
    const Received parts = receive(input, part);
    if (glued) {
      RELAY_CHECK(parts.state == State::kBroken || parts.state == State::kDone);
    } else {
      RELAY_CHECK(parts == whole);
    }
  }
  return 0;
}
