#include "proxy/upstream/sentinels.h"

#include "common/base/logging.h"
#include "proxy/status/address_text.h"
#include "proxy/upstream/connect.h"
#include "proxy/upstream/link_error.h"
#include "proxy/upstream/tcp_peer.h"

#include <algorithm>

namespace relay {
namespace {

std::string in_words(const Address& address) { return address_text(address.host, address.port); }

Introduction introduction_to_sentinel(const Config::Upstream& settings) {
  Introduction me;
  me.username = settings.sentinel_username;
  me.password = settings.sentinel_password;
  return me;
}

}  // namespace

Sentinels::Sentinels(asio::any_io_executor home, std::function<const Config&()> config,
                     std::function<void(const Address&)> on_master)
    : Sentinels(home, std::move(config), std::move(on_master), Pace{}) {}

Sentinels::Sentinels(asio::any_io_executor home, std::function<const Config&()> config,
                     std::function<void(const Address&)> on_master, Pace pace)
    : config_(std::move(config)),
      on_master_(std::move(on_master)),
      pace_(pace),
      asking_(home),
      listening_(home),
      checking_(home),
      wake_(home) {}

std::vector<Address> Sentinels::in_order() const {
  std::vector<Address> order = addresses_of(config_().upstream.sentinels);
  const auto preferred = std::find_if(order.begin(), order.end(), [this](const Address& one) {
    return in_words(one) == preferred_;
  });
  if (preferred != order.end()) std::rotate(order.begin(), preferred, order.end());
  return order;
}

asio::awaitable<void> Sentinels::open(Stream& stream, Address sentinel) {
  Config::Upstream settings = config_().upstream;
  settings.tls = settings.sentinel_tls;
  settings.tls_server_name.clear();
  auto connecting = connect(stream, sentinel.host, sentinel.port, settings, tls_);
  co_await std::move(connecting);
  // A close while the name was looked up has closed nothing yet.
  if (stopping_) throw LinkError("admin", "the relay stops");
  TcpPeer peer(stream, settings.reply_timeout, settings.reply_timeout);
  const Introduction me = introduction_to_sentinel(settings);
  co_await authenticate(peer, me);
}

asio::awaitable<std::optional<Address>> Sentinels::ask(Stream& stream, Address sentinel) {
  auto opening = open(stream, sentinel);
  co_await std::move(opening);
  const Config::Upstream settings = config_().upstream;
  TcpPeer peer(stream, settings.reply_timeout, settings.reply_timeout);
  auto asking = ask_master(peer, settings.sentinel_master);
  std::optional<Address> found = co_await std::move(asking);
  stream.close();
  if (found) {
    ++status_.answers;
    status_.fault.clear();
  } else {
    ++status_.unknown;
    status_.fault = in_words(sentinel) + " knows no master " + settings.sentinel_master;
  }
  co_return found;
}

asio::awaitable<std::optional<Address>> Sentinels::find() {
  std::optional<Address> found;
  for (const Address& sentinel : in_order()) {
    if (stopping_) break;
    std::string fault;
    try {
      auto asking = ask(asking_, sentinel);
      found = co_await std::move(asking);
    } catch (const std::exception& error) {
      fault = error.what();
    }
    if (!fault.empty()) failed(sentinel, asking_, fault);
    if (!found) continue;
    preferred_ = in_words(sentinel);
    status_.answered_by = preferred_;
    said_fault_.clear();
    co_return found;
  }
  if (!stopping_ && std::exchange(said_fault_, status_.fault) != status_.fault) {
    log_warn("sentinel.none",
             {{"reason", status_.fault}, {"effect", "the master known last is followed"}});
  }
  co_return found;
}

void Sentinels::failed(const Address& sentinel, Stream& stream, const std::string& why) {
  stream.close();
  if (stopping_) return;
  ++status_.failures;
  status_.fault = in_words(sentinel) + ": " + why;
}

asio::awaitable<void> Sentinels::run() {
  while (!stopping_) {
    if (!are_wanted()) {
      co_await wake_.wait();
      continue;
    }
    for (const Address& sentinel : in_order()) {
      if (stopping_) break;
      std::string fault;
      try {
        auto listening = listen_to(sentinel);
        co_await std::move(listening);
      } catch (const std::exception& error) {
        fault = error.what();
      }
      listening_.close();
      if (!fault.empty()) failed(sentinel, checking_, fault);
      if (!std::exchange(status_.listening_to, "").empty() && !stopping_) {
        log_warn("sentinel.lost", {{"sentinel", in_words(sentinel)}, {"reason", fault}});
      }
    }
    if (!stopping_) co_await wake_.wait_for(backoff_.next(random_()));
  }
}

// Until the connection is lost, or it knows no such master.
asio::awaitable<void> Sentinels::listen_to(Address sentinel) {
  auto opening = open(listening_, sentinel);
  co_await std::move(opening);
  const Config::Upstream settings = config_().upstream;
  TcpPeer peer(listening_, settings.reply_timeout, pace_.silence);
  co_await subscribe_to_switches(peer);
  // What was said before it listened to us.
  auto asking = ask(checking_, sentinel);
  const std::optional<Address> now = co_await std::move(asking);
  if (!now) co_return;
  preferred_ = in_words(sentinel);
  status_.answered_by = preferred_;
  status_.listening_to = preferred_;
  backoff_.reset();
  log_info("sentinel.listening", {{"sentinel", preferred_}, {"master", in_words(*now)}});
  on_master_(*now);
  for (bool asked = false; !stopping_;) {
    std::string message;
    bool is_silent = false;
    try {
      message = co_await next_message(peer);
    } catch (const boost::system::system_error& error) {
      if (asked || error.code() != boost::system::errc::timed_out) throw;
      is_silent = true;
    }
    asked = is_silent;
    if (is_silent) {
      std::string ping = "PING\r\n";
      co_await peer.send(std::move(ping));
      continue;
    }
    const auto master = switched_to(message, settings.sentinel_master);
    if (!master) continue;
    ++status_.switches;
    log_info("sentinel.switch", {{"sentinel", preferred_}, {"master", in_words(*master)}});
    on_master_(*master);
  }
}

void Sentinels::stop() {
  stopping_ = true;
  asking_.close();
  listening_.close();
  checking_.close();
  wake_.wake_all();
}

SentinelStatus Sentinels::status() const {
  SentinelStatus status = status_;
  status.master_name = config_().upstream.sentinel_master;
  return status;
}

}  // namespace relay
