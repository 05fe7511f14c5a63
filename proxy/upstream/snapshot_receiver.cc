#include "proxy/upstream/snapshot_receiver.h"

#include "common/base/logging.h"
#include "proxy/snapshot/rdb_transfer.h"
#include "proxy/upstream/link_error.h"

#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace relay {
namespace {

constexpr std::size_t kReadBuffer = std::size_t{1} << 20;

}  // namespace

asio::awaitable<std::string> receive_snapshot(Stream& stream, std::string buffered,
                                              Arrival& arrival,
                                              const std::function<void(std::size_t)>& on_bytes) {
  RdbTransfer transfer;
  std::string buffer(kReadBuffer, '\0');
  std::string_view bytes = buffered;
  while (true) {
    const RdbTransfer::Step step = transfer.feed(bytes);
    if (!arrival.snapshot->has_begun() && transfer.framing() != RdbTransfer::Framing::kUnknown) {
      const auto size =
          transfer.framing() == RdbTransfer::Framing::kLength ? transfer.size() : std::nullopt;
      arrival.snapshot->begun(size);
      log_info("snapshot.arriving", {{"replid", arrival.snapshot->id()},
                                     {"offset", arrival.snapshot->offset()},
                                     {"framing", size ? "length" : "eof mark"},
                                     {"bytes", size ? std::to_string(*size) : "unknown"}});
    }
    const std::array<std::string_view, 2> pieces = {step.held, step.body};
    if (!step.held.empty() || !step.body.empty()) co_await arrival.spool->write(pieces);
    switch (transfer.state()) {
      case RdbTransfer::State::kDone:
        co_return std::string(bytes.substr(step.consumed));
      case RdbTransfer::State::kAborted:
        throw LinkError("refused",
                        "the master gave up the transfer: " + std::string(transfer.text()));
      case RdbTransfer::State::kBroken:
        throw LinkError("protocol", "broken transfer: " + std::string(transfer.text()));
      case RdbTransfer::State::kHeader:
      case RdbTransfer::State::kBody:
        break;
    }
    const std::size_t n = co_await stream.read_some(buffer);
    on_bytes(n);
    bytes = std::string_view(buffer).substr(0, n);
  }
}

}  // namespace relay
