// A scripted replica: says what it is told to in the handshake, takes the snapshot and the stream
// without understanding them, and acks what it got. Told -NOMASTERLINK it asks again, as every
// replica does. For what no real server does: 20 of them on a 300 MB dataset, no capabilities, no
// acks, not reading, lying.
//
// Threading: runs on a thread of its own from construction to destruction; every member may be
// called from the test's thread.
#pragma once

#include "tests/support/redis_client.h"
#include "tests/support/replication_reader.h"
#include "tests/support/stream_hash.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace relay::test {

struct RawReplicaOptions {
  std::uint16_t port = 0;
  std::string password = {};
  std::vector<std::string> capas = {"eof", "psync2"};
  std::string psync_id = "?";
  std::string psync_offset = "-1";  // the byte it wants, so one more than it has
  bool legacy_sync = false;         // SYNC instead of PSYNC
  bool rdb_only = false;
  bool acks = true;             // after what it reads, and each second
  bool keeps_snapshot = false;  // in memory; else only counted and hashed
  bool keeps_stream = false;
  bool starts_stalled = false;  // does not read its snapshot until resume()
};

class RawReplica {
 public:
  struct Progress {
    ReplicationReader::State state = ReplicationReader::State::kAnswer;
    std::string answer;
    std::string id;
    bool is_full = false;
    bool is_continued = false;
    bool has_mark = false;
    bool is_snapshot_whole = false;
    std::uint64_t begin = 0;  // the offset at which its stream starts
    std::uint64_t end = 0;    // the offset it has
    std::uint64_t snapshot_bytes = 0;
    std::uint64_t snapshot_hash = 0;
    std::uint64_t stream_bytes = 0;
    std::uint64_t stream_hash = 0;
    std::uint64_t glued_to_mark = 0;
    unsigned newlines = 0;
    bool is_closed = false;  // by the peer
    std::string error;       // of the handshake
  };

  explicit RawReplica(RawReplicaOptions options);
  ~RawReplica();

  Progress progress() const;
  std::string snapshot() const;  // what is kept of it
  std::string stream() const;

  void wait_for_answer() const;
  void wait_for_snapshot() const;  // whole
  void wait_for_offset(std::uint64_t offset) const;
  void wait_until_closed() const;

  void stall() { is_stalled_ = true; }  // reads no more
  void resume() {
    is_stalled_ = false;
    changed_.notify_all();
  }
  void ack();                      // what it has
  void ack(std::uint64_t offset);  // anything
  void send(std::string_view bytes);

 private:
  void run();
  void introduce(RedisClient& link);
  std::string question() const;
  bool may_read();
  void take(std::string_view bytes);
  std::uint64_t end_locked() const;

  const RawReplicaOptions options_;
  std::atomic<bool> is_stalled_;
  std::atomic<bool> is_stopping_ = false;
  std::condition_variable changed_;
  mutable std::mutex mutex_;  // guards what follows, and sending
  std::unique_ptr<RedisClient> link_;
  ReplicationReader reader_;
  StreamHash snapshot_hash_;
  StreamHash stream_hash_;
  std::string snapshot_;
  std::string stream_;
  bool is_closed_ = false;
  std::string error_;
  std::thread thread_;
};

}  // namespace relay::test
