#include "proxy/upstream/master_questions.h"

#include "common/base/logging.h"
#include "common/io/deadline.h"
#include "common/resp/reply_writer.h"
#include "proxy/upstream/connect.h"
#include "proxy/upstream/reply_line.h"
#include "proxy/upstream/tcp_peer.h"

#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace relay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::steady_clock;

constexpr std::size_t kMostOfInfo = 64 * 1024;
constexpr unsigned kMostOfConfig = 16;

std::optional<unsigned> count_of(std::optional<std::int64_t> number) {
  if (!number || *number < 0 || *number > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<unsigned>(*number);
}

asio::awaitable<std::optional<unsigned>> good_replicas(Peer& master) {
  constexpr std::string_view kField = "min_slaves_good_slaves:";
  std::string command = to_command({"INFO", "replication"});
  co_await master.send(std::move(command));
  const std::string header = co_await master.read_line(Patience::kReply);
  const auto size = count_of(number_behind(header, '$'));
  std::optional<unsigned> good;
  if (!size || *size > kMostOfInfo) co_return good;
  // The lines, and the line break behind the whole.
  for (std::size_t read = 0; read < *size + 2;) {
    const std::string line = co_await master.read_line(Patience::kReply);
    read += line.size() + 2;
    if (line.starts_with(kField))
      good = count_of(number_in(std::string_view(line).substr(kField.size())));
  }
  co_return good;
}

// The pattern finds the setting under both of its names.
asio::awaitable<std::optional<unsigned>> wanted_replicas(Peer& master) {
  std::string command = to_command({"CONFIG", "GET", "min-*-to-write"});
  co_await master.send(std::move(command));
  const std::string header = co_await master.read_line(Patience::kReply);
  const auto strings = count_of(number_behind(header, '*'));
  std::optional<unsigned> wanted;
  if (!strings || *strings > kMostOfConfig) co_return wanted;
  for (unsigned i = 0; i < *strings; ++i) {
    co_await master.read_line(Patience::kReply);  // its length
    const std::string text = co_await master.read_line(Patience::kReply);
    if (i % 2 == 1) wanted = count_of(number_in(text));
  }
  co_return wanted;
}

}  // namespace

asio::awaitable<std::optional<MasterDemand>> ask_demand(Peer& master, const Introduction& me) {
  co_await authenticate(master, me);
  const std::optional<unsigned> wanted = co_await wanted_replicas(master);
  if (!wanted) co_return std::nullopt;
  MasterDemand demand{*wanted, std::nullopt};
  if (demand.wanted > 0) demand.good = co_await good_replicas(master);
  co_return demand;
}

MasterQuestions::MasterQuestions(asio::any_io_executor home, ReplId run_id,
                                 std::function<const Config&()> config)
    : MasterQuestions(home, run_id, std::move(config), Pace{}) {}

MasterQuestions::MasterQuestions(asio::any_io_executor home, ReplId run_id,
                                 std::function<const Config&()> config, Pace pace)
    : run_id_(run_id), config_(std::move(config)), pace_(pace), stream_(home), wake_(home) {}

void MasterQuestions::begin(tcp::endpoint master, std::string host) {
  master_ = std::move(master);
  host_ = std::move(host);
  stopping_ = false;
}

asio::awaitable<void> MasterQuestions::run() {
  auto next = steady_clock::now() + pace_.after_the_stream_began;
  while (!stopping_) {
    if (steady_clock::now() < next) {
      co_await wake_.wait_until(next);
      continue;
    }
    if (config_().upstream.ask_min_replicas) {
      std::string fault;
      try {
        co_await ask();
      } catch (const std::exception& error) {
        fault = error.what();
      }
      stream_.close();
      if (stopping_) co_return;
      if (!fault.empty()) demand_.reset();
      if (!demand_) {
        log_debug("upstream.min_replicas_unknown", {{"reason", fault.empty() ? "refused" : fault}});
      }
    } else {
      demand_.reset();
    }
    const bool is_enough = demand_ && demand_->wanted <= 1;
    next =
        steady_clock::now() + (is_enough ? pace_.while_all_is_well : pace_.while_it_is_not_enough);
    while (!demand_ && !stopping_) co_await wake_.wait();
  }
}

asio::awaitable<void> MasterQuestions::ask() {
  const Config::Upstream settings = config_().upstream;
  stream_.renew();
  auto connecting = stream_.socket().async_connect(master_, asio::use_awaitable);
  auto limited = within(settings.connect_timeout, std::move(connecting));
  co_await std::move(limited);
  if (settings.tls) {
    auto securing = secure(stream_, host_, settings, tls_);
    co_await std::move(securing);
  }
  TcpPeer peer(stream_, settings.reply_timeout, settings.reply_timeout);
  const Introduction me = introduction_of(settings, run_id_, 0);
  demand_ = co_await ask_demand(peer, me);
}

void MasterQuestions::stop() {
  stopping_ = true;
  stream_.close();
  wake_.wake_all();
}

}  // namespace relay
