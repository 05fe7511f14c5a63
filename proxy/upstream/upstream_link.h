// The upstream link: the relay as a replica of its master. It connects, introduces itself, asks to
// continue where the log's last whole command ends, and appends what comes; or receives a snapshot
// first when the master cannot continue it.
//
//  (1) The log's only writer, and at most one link at a time.
//  (2) What is asked for is the byte after the boundary. Under the same id the bytes between
//      boundary and end come again: they are compared with what we hold and not stored twice. Under
//      a new id the log is cut back to the boundary first.
//  (3) A new history never continues an old log: +FULLRESYNC arrives beside it, and replaces it
//      when it is whole.
//  (4) A passing error never leads to SYNC, nor to giving up what is held. Only bytes that
//      contradict ours do.
//  (5) Reconnects: at once after a stream that worked, else with growing, jittered delays.
//
// In three files: upstream_link.cc (connecting, full syncs, the life of the link), upstream_target.cc
// (whom it follows) and upstream_stream.cc.
//
// States are in LinkState (status.h); enter() is the only way between them.
//
// Threading: the control executor.
#pragma once

#include "common/base/backoff.h"
#include "common/io/notifier.h"
#include "common/io/stream.h"
#include "proxy/config/config.h"
#include "proxy/history/generations.h"
#include "proxy/history/resync_decision.h"
#include "proxy/status/status.h"
#include "proxy/upstream/handshake.h"
#include "proxy/upstream/master_questions.h"
#include "proxy/upstream/sentinel_talk.h"
#include "proxy/upstream/stream_scanner.h"
#include "proxy/upstream/tcp_peer.h"
#include "proxy/upstream/upstream_acks.h"

#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace relay {

// What the link needs from the rest of the relay.
struct LinkSurroundings {
  Generations& generations;
  ReplId run_id;
  std::function<const Config&()> config;
  std::function<std::uint16_t()> listening_port;
  std::function<void()> bytes_published;              // wakes the feeders
  std::function<std::vector<Offset>()> replica_acks;  // of those online
  std::function<void()>
      make_room;  // the refresh, if one is running, must end: a full sync needs its place
  std::function<void()> password_refused;  // by the master
  // Where somebody is asked who the master is, before each attempt; null where nobody is. None: no
  // answer.
  std::function<asio::awaitable<std::optional<Address>>()> find_master;
};

class UpstreamLink {
 public:
  UpstreamLink(asio::any_io_executor home, LinkSurroundings around, std::string host,
               std::uint16_t port);

  asio::awaitable<void> run();  // returns after stop()
  void stop();
  void tick();  // each second: judges silence

  // Points the link elsewhere, now. What is held stays; the new master says whether it goes on from
  // there.
  enum class ChosenBy { kConfiguration, kCommand, kSentinel };
  void follow(const std::string& host, std::uint16_t port, ChosenBy by);
  void reconnect(std::string why);
  // Asks for everything, as if nothing were held; what is held is served until that has come.
  void resync(std::string why);
  void reconfigure();
  void retry_now();      // where it waits before the next attempt
  void replica_acked();  // an ack downstream moved; matters where the ack policy counts them

  const std::string& host() const { return host_; }
  std::uint16_t port() const { return port_; }
  LinkState state() const { return state_; }
  UpstreamOutlook outlook() const;
  bool is_streaming() const { return state_ == LinkState::kStreaming; }
  // The relays between us and the master, ourselves first.
  std::vector<std::string> relay_chain() const;
  UpstreamStatus status() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  asio::awaitable<void> attempt();
  asio::awaitable<void> ask_for_master();
  void point_at(const std::string& host, std::uint16_t port, ChosenBy by);
  asio::awaitable<Greeting> introduce(TcpPeer& master);
  asio::awaitable<void> converse(TcpPeer& master, Greeting greeting);
  ResumePoint resume_point() const;
  void accept_continue(const PsyncContinue& reply);
  asio::awaitable<std::string> full_sync(TcpPeer& master, ReplId id, Offset offset, bool own_ids);
  asio::awaitable<void> stream(std::string first);
  asio::awaitable<void> receive();
  asio::awaitable<void> wait_for_memory();
  void take(std::string_view bytes);
  std::size_t take_again(std::string_view bytes);
  void scan(std::string_view bytes);
  void notice_getack();
  asio::awaitable<void> send_acks();
  asio::awaitable<bool> send_words(std::string_view words);
  asio::awaitable<void> watch_durable();
  void update_ack();
  asio::awaitable<void> wait_before_retry();
  void lost(const char* reason, const std::string& text);
  void enter(LinkState state);
  void heard(std::size_t bytes);

  // Fixed after construction.
  LinkSurroundings around_;

  // The control executor's.
  std::string host_;
  std::uint16_t port_;
  bool by_command_ = false;
  Stream stream_;
  TlsContextCache tls_;
  GenerationPtr generation_;  // of the stream
  StreamScanner scanner_;
  UpstreamAcks acks_;
  Backoff backoff_;
  std::mt19937_64 random_{std::random_device{}()};
  bool stopping_ = false;
  bool open_ = false;  // the stream's connection is in use
  bool retry_at_once_ = false;
  bool distrust_log_ = false;  // the master contradicts it: ask for everything
  bool acks_begun_ = false;
  bool spooling_ = false;        // all of a snapshot has come, and the disk has the word
  bool waits_for_disk_ = false;  // we do not read: memory is full of what is not stored yet
  bool pause_is_said_ = false;
  std::string dropped_because_;  // we closed the connection ourselves, and why
  const char* dropped_reason_ = nullptr;
  std::vector<std::string> chain_;

  LinkState state_ = LinkState::kDisconnected;
  WallTime since_ = std::chrono::system_clock::now();
  std::optional<WallTime> connected_since_, down_since_;
  Time streaming_since_{};
  Time last_io_{};
  std::optional<WallTime> last_io_wall_;
  Time lost_at_ = std::chrono::steady_clock::now();
  std::string last_error_;

  UpstreamStatus counters_;      // only its counters
  std::deque<Time> full_syncs_;  // when they began, within kFullResyncWindow
  MasterQuestions questions_;

  Notifier ack_wake_;
  Notifier retry_wake_;
};

// The labels of psync_relay_upstream_disconnects_total.
const std::vector<std::string>& link_reasons();

}  // namespace relay
