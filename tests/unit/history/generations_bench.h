// Generations on a disk in memory that can fail, fed by hand as the upstream link and the refresher
// would, and beside them what the masters really sent: per history its stream, and each snapshot.
//
// restart() makes a new bench on what a crash, a kill or a stop left of this one's disk.
#pragma once

#include "common/base/crc64.h"
#include "common/io/offload.h"
#include "proxy/history/generations.h"
#include "proxy/log/segment_reader.h"
#include "proxy/log/segment_recovery.h"
#include "proxy/snapshot/snapshot_spool.h"
#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/disk/memory_file_system.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <array>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

namespace relay::test {

inline const std::string kData = "data";

inline ReplId id_of(char digit) { return *ReplId::parse(std::string(ReplId::kLength, digit)); }

inline std::string generation_dir(unsigned n) { return kData + "/generation-" + std::to_string(n); }

// A small snapshot that says of itself what it is.
inline std::string rdb_of(const ReplId& id, Offset offset) {
  const auto text = [](std::string_view value) {
    return static_cast<char>(value.size()) + std::string(value);
  };
  std::string rdb = "REDIS0010";
  rdb += '\xfa' + text("redis-ver") + text("7.0.15");
  rdb += '\xfa' + text("repl-id") + text(id.view());
  rdb += '\xfa' + text("repl-offset") + text(std::to_string(offset.bytes()));
  rdb += '\xff';
  const std::uint64_t crc = crc64(0, rdb);
  for (int i = 0; i < 8; ++i) rdb += static_cast<char>(crc >> (8 * i));
  return rdb;
}

inline Config generations_config() {
  Config config;
  config.data_dir = kData;
  config.log.segment_size = 4096;
  config.log.memory = Chunk::kSize;
  config.log.memory_hard = 2 * Chunk::kSize;
  config.log.fsync = FsyncPolicy::kAlways;
  return config;
}

// What a master sent under one id: from the place where we first got something under it.
struct SentStream {
  Offset start;
  std::string bytes;
  Offset end() const { return start + bytes.size(); }
};

class GenerationsBench {
 public:
  explicit GenerationsBench(std::unique_ptr<MemoryFileSystem> disk,
                            const Config& config = generations_config())
      : memory(std::move(disk)),
        generations(context.get_executor(), disk_.executor(), readers_.executor(), fs, config,
                    health) {
    (void)memory->make_directory(kData);  // whoever sets up the relay has made it
    (void)memory->sync_directory("");
    recovered = generations.recover();
    if (!recovered) return;
    asio::co_spawn(context, generations.run(), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    context.poll();
  }
  GenerationsBench() : GenerationsBench(std::make_unique<MemoryFileSystem>()) {}
  ~GenerationsBench() { stop(); }

  void stop() {
    plan.heal();
    plan.release();
    generations.stop();
    until([this] { return !generations.is_running(); });
  }

  void until(const std::function<bool()>& holds) {
    while (!holds()) {
      context.restart();
      if (context.run_one_for(30s) == 0) throw std::runtime_error("this never comes true");
    }
  }
  // Runs it to its end, and throws what it throws.
  void await(asio::awaitable<void> task) {
    bool done = false;
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr error) {
      done = true;
      failure = std::move(error);
    });
    until([&] { return done; });
    if (failure) std::rethrow_exception(failure);
  }

  // A transfer up to its last byte; complete() is what comes then.
  void arrive(const ReplId& id, Offset offset, const std::string& rdb, bool new_history,
              bool own_ids = false) {
    await(generations.begin_arrival(id, offset, new_history, own_ids));
    generations.arrival().snapshot->begun(rdb.size());
    const std::size_t half = rdb.size() / 2;
    const std::array<std::string_view, 2> pieces = {std::string_view(rdb).substr(0, half),
                                                    std::string_view(rdb).substr(half)};
    await(generations.arrival().spool->write(pieces));
  }
  void complete() { await(generations.complete_arrival()); }
  void abandon(const std::string& stage) { await(generations.abandon_arrival(stage, "a test")); }
  void full_sync(const ReplId& id, Offset offset) {
    arrive(id, offset, rdb_of(id, offset), true);
    complete();
    sent[id.str()] = {offset, ""};
  }
  void refresh(const ReplId& id, Offset offset) {
    arrive(id, offset, rdb_of(id, offset), false);
    complete();
  }
  // The stage of the SpoolError that it throws; "" where it throws none.
  std::string failed_stage(const std::function<void()>& action) {
    try {
      action();
    } catch (const SpoolError& error) {
      return std::string(error.stage);
    }
    return "";
  }

  // The last `torn` bytes belong to a command that is not whole yet.
  void append(std::size_t n, std::size_t torn = 0) {
    std::string bytes(n, '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    SentStream& stream = sent.at(current().history.id().str());
    stream.bytes += bytes;
    const Offset border =
        torn < n ? Offset::of_bytes(stream.end().bytes() - torn) : log().boundary();
    log().append(bytes, border);
  }
  void continue_as(const ReplId& id) {
    SentStream stream = sent.at(current().history.id().str());
    stream.bytes.resize(log().boundary().since(stream.start));
    generations.continue_as(id);
    sent[id.str()] = stream;
  }
  void settle() {
    until([this] { return log().durable() == log().end() || health.is_degraded(); });
    await(log().settled());
  }

  Generation& current() { return *generations.current(); }
  ReplicationLog& log() { return current().log; }
  std::string id() { return generations.current() ? current().history.id().str() : "none"; }
  bool has(const std::string& path) { return memory->open(path).has_value(); }
  bool has_directory(const std::string& path) { return memory->list(path).has_value(); }
  std::string snapshot_path(Offset offset) {
    return current().directory + "/" + snapshot_name(offset);
  }
  // What a replica would be sent as a full sync; "" for none. Waits until it is verified.
  std::string served() {
    if (!generations.current()) return "";
    until([this] {
      return !current().snapshot || current().snapshot->state() != Snapshot::State::kVerifying;
    });
    const SnapshotPtr snapshot = current().snapshot;
    if (!snapshot || !snapshot->is_whole()) return "";
    std::string bytes(snapshot->readable(), '\0');
    const auto n = snapshot->file()->read_at(0, bytes);
    bytes.resize(n ? *n : 0);
    return bytes;
  }

  std::unique_ptr<MemoryFileSystem> memory;
  FaultPlan plan;
  FaultyFileSystem fs{*memory, plan};
  asio::io_context context{1};
  StorageHealth health;
  Result<void> recovered;
  std::map<std::string, SentStream> sent;  // by id

 private:
  std::minstd_rand random_{1};
  WorkerThreads disk_;
  WorkerThreads readers_;

 public:
  Generations generations;
};

// Every byte that these generations would serve was sent, under the ids that they would serve it
// under.
inline testing::AssertionResult is_true_of(GenerationsBench& found,
                                           const std::map<std::string, SentStream>& sent) {
  if (!found.recovered) return testing::AssertionFailure() << found.recovered.error().message();
  if (!found.generations.current()) return testing::AssertionSuccess();
  found.settle();
  const Generation& now = found.current();
  const auto complain = [&](std::string_view what, const ReplId& id) {
    return testing::AssertionFailure()
           << what << " under " << id.brief() << ": log [" << now.log.begin().bytes() << ", "
           << now.log.end().bytes() << ") of " << now.history.id().brief();
  };
  const std::string rdb = found.served();
  if (now.snapshot) {
    const Offset at = now.snapshot->offset();
    bool known = false;
    for (const auto& [id, stream] : sent) {
      known = known ||
              (rdb == rdb_of(*ReplId::parse(id), at) && now.history.holds(*ReplId::parse(id), at));
    }
    if (!known) return complain("a snapshot of elsewhere", now.snapshot->id());
    if (at < now.log.begin()) return complain("a snapshot that the log has left", now.history.id());
  }
  const auto log = recover_log(*found.memory, now.directory + "/log");
  if (!log) return complain(log.error().message(), now.history.id());
  std::map<std::string, Offset> ids{{now.history.id().str(), now.log.end()}};
  for (const History::Former& former : now.history.former()) {
    ids[former.id.str()] = std::min(former.until, now.log.end());
  }
  for (Offset at = now.log.begin(); at < now.log.end();) {
    const auto segment = now.log.segment_at(at);
    if (!segment) return complain("bytes that nothing holds", now.history.id());
    std::string bytes(segment->end.since(at), '\0');
    auto reader = SegmentReader::open(*found.memory, now.log.path_of(segment->base), segment->base);
    if (!reader) return complain(reader.error().message(), now.history.id());
    if (const auto n = (*reader)->read(at, bytes, segment->end); !n || *n != bytes.size()) {
      return complain("bytes that cannot be read", now.history.id());
    }
    for (const auto& [id, until] : ids) {
      const SentStream& stream = sent.at(id);
      if (at < stream.start || at >= until) continue;
      const std::size_t n = std::min(until, segment->end).since(at);
      if (stream.bytes.substr(at.since(stream.start), n) != bytes.substr(0, n)) {
        return complain("a wrong byte", *ReplId::parse(id));
      }
    }
    at = segment->end;
  }
  return testing::AssertionSuccess();
}

}  // namespace relay::test
