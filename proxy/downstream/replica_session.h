// A replica's session, from its PSYNC or SYNC to the end of its connection: a cursor into the log,
// and perhaps a snapshot to send before it.
//
//  (1) After the answer to PSYNC (and the snapshot) the replica receives the log's bytes and
//      nothing else, in order, without gap, from the decided offset on. Only while something is
//      awaited before that answer do newlines keep the connection alive.
//  (2) acked <= sent <= the log's end. An ack above what was sent ends the session; one below the
//      last is ignored.
//  (3) A slow replica costs a position, not a buffer: between two sends nothing is held for it.
//  (4) It ends with one reason, logged and counted once: the first that was given.
//
// One coroutine decides, sends the snapshot, and sends the log where it is cold; what is in memory a
// feeder sends, on whatever thread. A second coroutine reads acks. tick() judges silence by the
// clock passed in.
//
// In three files: replica_session.cc (the decision, acks, the clock), replica_full_sync.cc and
// replica_stream.cc.
//
// Threading: the control executor; blocking reads are offloaded to the readers' threads, and the
// feeder is told only to begin and to end.
#pragma once

#include "common/io/notifier.h"
#include "common/io/stream.h"
#include "common/resp/request_parser.h"
#include "proxy/downstream/bulk_sender.h"
#include "proxy/downstream/client.h"
#include "proxy/downstream/psync_request.h"
#include "proxy/downstream/serving.h"
#include "proxy/log/cold_reader.h"
#include "proxy/log/log_cursor.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relay {

class ReplicaSession final {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `asked` is none for SYNC. The stream, the client and the serving outlive the session.
  ReplicaSession(Stream& stream, Serving& serving, Client& client,
                 std::optional<PsyncRequest> asked);
  ~ReplicaSession();

  // True: the session took place and the connection is at its end. False: it was refused with an
  // error reply, and the connection goes on. `unread` is what the replica sent behind its request.
  asio::awaitable<bool> run(std::string unread);

  void close(Ended reason, std::string text);
  void tick(Time now);
  // `which` goes on under another id (`ended` = false), or is no longer the current one.
  void history_changed(const Generation& which, bool ended);
  // The relay is about to stop: the session ends when the replica has everything.
  void drain();
  // It has waited for its turn to begin a full sync.
  void take_turn() { wake_.wake_all(); }

  bool is_online() const { return state_ == ReplicaState::kOnline; }
  // Between the answer that gives it a snapshot and its first ack behind that.
  bool is_being_synced() const {
    return state_ == ReplicaState::kSendingRdb || (full_ && state_ == ReplicaState::kCatchingUp);
  }
  bool is_done() const { return closed_; }
  bool counts() const { return !client_.introduction.rdb_only; }  // as a replica, in INFO
  Offset acked() const { return acked_; }
  ReplicaStatus status(Time now) const;

 private:
  asio::awaitable<void> serve();
  asio::awaitable<void> wait_before_answer(std::chrono::milliseconds at_most);
  asio::awaitable<void> send(std::string_view bytes);
  asio::awaitable<bool> send_snapshot(SnapshotPtr snapshot, GenerationPtr of, bool by_length);
  asio::awaitable<bool> send_file();
  asio::awaitable<bool> join_log();
  asio::awaitable<void> stream();
  asio::awaitable<void> feed_from_memory();
  asio::awaitable<void> send_cold();
  asio::awaitable<void> until_writable();
  asio::awaitable<void> cannot_read(Offset segment, ErrorCode error);
  asio::awaitable<void> take_leave(Ended reason);
  asio::awaitable<void> read_acks(std::string unread);
  void hear(const Request& request, Time now);
  void enter(ReplicaState state);
  void depart(Ended reason);
  Asked asked(Time now) const;
  void note(const Decision& decision);
  std::string who() const;
  Offset sent() const;     // all before it has been given to the kernel
  Offset offered() const;  // nothing behind it has
  bool is_stuck(Time now);

  // Fixed after construction.
  Stream& stream_;
  Serving& serving_;
  Client& client_;
  const std::optional<PsyncRequest> asked_;

  // The control executor's.
  ReplicaState state_ = ReplicaState::kQueued;
  std::chrono::system_clock::time_point since_;
  bool closed_ = false;
  bool arrived_ = false;  // it was let in
  bool full_ = false;
  bool refusal_counted_ = false;
  bool leave_after_snapshot_ = false;
  bool draining_ = false;
  bool awaits_turn_ = false;
  bool heard_ack_ = false;
  std::optional<Ended> leaving_;  // we have sent all we are going to; the replica's EOF ends it
  std::string last_reason_;
  bool refused_untold_ = false;  // as it was before, and was said then
  Time began_waiting_;
  Time last_newline_;
  Time last_ack_;
  std::optional<Time> sending_since_;  // a write is under way, or its socket full, since
  GenerationPtr generation_;
  SnapshotPtr snapshot_;
  std::uint64_t snapshot_sent_ = 0;
  TransferPace pace_;  // of the snapshot
  std::optional<LogCursor> cursor_;
  std::unique_ptr<ColdReader> cold_;
  std::optional<Offset> torn_at_;   // a segment ended before this place when it was read last
  std::optional<BulkSender> bulk_;  // while something is sent to it from the disk
  std::shared_ptr<Feed> feed_;      // while it takes the log out of memory
  Offset acked_;
  Offset moved_to_;  // where it stood when it last moved, as far as we have looked
  Time moved_;
  Notifier wake_;
};

}  // namespace relay
