// Where the upstream link points, and who said so.
#include "common/base/logging.h"
#include "proxy/status/address_text.h"
#include "proxy/upstream/link_error.h"
#include "proxy/upstream/upstream_link.h"

#include <utility>

namespace relay {

asio::awaitable<void> UpstreamLink::ask_for_master() {
  auto asking = around_.find_master();
  const std::optional<Address> found = co_await std::move(asking);
  if (stopping_ || dropped_reason_ != nullptr) co_return;
  if (found && (found->host != host_ || found->port != port_)) {
    point_at(found->host, found->port, ChosenBy::kSentinel);
  }
  if (host_.empty()) throw LinkError("resolve", "no Sentinel has said who the master is yet");
}

void UpstreamLink::follow(const std::string& host, std::uint16_t port, ChosenBy by) {
  by_command_ = by == ChosenBy::kCommand;
  if (host == host_ && port == port_) return;
  point_at(host, port, by);
  reconnect("the upstream was changed");
}

void UpstreamLink::point_at(const std::string& host, std::uint16_t port, ChosenBy by) {
  const char* who = "configuration";
  if (by == ChosenBy::kCommand) who = "command";
  if (by == ChosenBy::kSentinel) who = "sentinel";
  by_command_ = by == ChosenBy::kCommand;
  log_info("upstream.follow", {{"upstream", address_text(host, port)},
                               {"before", host_.empty() ? "nobody" : address_text(host_, port_)},
                               {"by", who}});
  host_ = host;
  port_ = port;
}

void UpstreamLink::reconnect(std::string why) {
  backoff_.reset();
  retry_at_once_ = true;
  dropped_reason_ = "admin";
  dropped_because_ = std::move(why);
  stream_.close();
  retry_wake_.wake_all();
}

}  // namespace relay
