// A log's life, step by step, and beside it a plain string that says what the log must hold: for
// the sweeps that crash or fail it anywhere, and for the random one.
//
//  (1) Each appended byte is drawn anew, also after a cut: bytes of an abandoned end cannot pass
//      for those that replaced them.
//  (2) Small appends and large ones go to the disk by different ways, as they do in life.
//  (3) A step that fails may have happened or not: before() and now() are the two truths until the
//      next step succeeds.
//
// Threading: one thread.
#pragma once

#include "common/io/file.h"
#include "proxy/log/segment_cut.h"
#include "proxy/log/segment_reader.h"
#include "proxy/log/segment_recovery.h"
#include "proxy/log/segment_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace relay::test {

inline const std::string kLogDir = "log";
constexpr std::size_t kDirectFrom = 90;

struct LogModel {
  static constexpr Offset kStart = Offset::of_bytes(1000);

  std::string stream;       // from kStart to the end
  Offset begin = kStart;    // what lies before may have been trimmed
  Offset durable = kStart;  // what lies before no crash may lose
  std::set<Offset> boundaries{kStart};

  Offset end() const { return kStart + stream.size(); }
  std::string slice(Offset from, Offset to) const {
    return stream.substr(from.since(kStart), to.since(from));
  }
  Offset boundary_at(Offset place) const { return *std::prev(boundaries.upper_bound(place)); }
  Offset boundary() const { return *boundaries.rbegin(); }
};

class LogScript {
 public:
  explicit LogScript(FileSystem& fs, std::uint64_t seed = 1) : fs_(fs), random_(seed) {}

  // The first step: the directory, and the log's first segment.
  Result<void> start() {
    if (auto made = fs_.make_directory(kLogDir); !made) return made;
    if (auto synced = fs_.sync_directory(""); !synced) return synced;
    return open_segment(LogModel::kStart);
  }

  // The last `torn` of the bytes belong to a command that is not whole yet; all of them: no border
  // is among them.
  Result<void> append(std::size_t n, std::size_t torn) {
    const Offset from = now_.end();
    for (std::size_t i = 0; i < n; ++i) now_.stream += static_cast<char>(random_());
    if (torn < n) now_.boundaries.insert(from + (n - torn));
    auto stored = store(from);
    if (stored) before_ = now_;
    return stored;
  }

  Result<void> sync() {
    auto synced = writer_->sync();
    if (synced) before_.durable = now_.durable = now_.end();
    return synced;
  }

  Result<void> roll() {
    if (writer_->end() == writer_->base()) return {};  // the next would have its name
    if (auto sealed = writer_->seal(); !sealed) return sealed;
    before_.durable = now_.durable = now_.end();
    older_.push_back(writer_->info());
    return open_segment(now_.end());
  }

  // The log is cut back and may go on with other bytes.
  Result<void> cut(Offset to) {
    now_.stream.resize(to.since(LogModel::kStart));
    now_.boundaries.erase(now_.boundaries.upper_bound(to), now_.boundaries.end());
    now_.begin = before_.begin = std::min(now_.begin, to);
    now_.durable = before_.durable = std::min(now_.durable, to);
    if (auto begun = begin_at(to); !begun) return begun;
    return {};
  }

  // The oldest segment goes, if it is not the last.
  Result<void> trim() {
    if (older_.empty()) return {};
    const std::vector<SegmentInfo> oldest{older_.front()};
    older_.erase(older_.begin());
    now_.begin = before_.begin = oldest[0].end;
    return remove_oldest(fs_, kLogDir, oldest);
  }

  // After a failed step: begins again at what is durable, and stores once more what memory still
  // has.
  Result<void> start_over() {
    const Offset from = now_.durable;
    if (auto begun = begin_at(from); !begun) return begun;
    auto stored = store(from);
    if (stored) before_ = now_;
    return stored;
  }

  const LogModel& before() const { return before_; }
  const LogModel& now() const { return now_; }
  bool has_started() const { return writer_ != nullptr; }

 private:
  Result<void> begin_at(Offset place) {
    writer_.reset();
    auto remaining = begin_log_at(fs_, kLogDir, place);
    if (!remaining) return remaining.error();
    older_ = std::move(*remaining);
    // What was cut away must not come back from here on.
    before_ = now_;
    return open_segment(place);
  }

  Result<void> open_segment(Offset base) {
    auto writer = SegmentWriter::begin(fs_, kLogDir, base, now_.boundary_at(base),
                                       {.direct_from = kDirectFrom});
    if (!writer) return writer.error();
    writer_ = std::move(*writer);
    return {};
  }

  Result<void> store(Offset from) {
    return writer_->append(now_.slice(from, now_.end()), now_.boundary());
  }

  FileSystem& fs_;
  std::mt19937_64 random_;
  LogModel before_;
  LogModel now_;
  std::vector<SegmentInfo> older_;
  std::unique_ptr<SegmentWriter> writer_;
};

// Every byte that the log says it holds, or the first error.
inline Result<std::string> read_log(FileSystem& fs, const RecoveredLog& log) {
  std::string bytes;
  std::string into(1 << 16, '\0');
  for (const SegmentInfo& segment : log.segments) {
    auto reader = SegmentReader::open(fs, segment_path(kLogDir, segment.base), segment.base);
    if (!reader) return reader.error();
    for (Offset at = segment.base; at < segment.end;) {
      auto read = (*reader)->read(at, into, segment.end);
      if (!read) return read.error();
      bytes.append(into, 0, *read);
      at += *read;
    }
  }
  return bytes;
}

// Whether each byte that was recovered is the model's, in its place.
inline testing::AssertionResult is_part_of(const LogModel& model, const RecoveredLog& log,
                                           const std::string& bytes) {
  const auto complain = [&](std::string_view what) {
    return testing::AssertionFailure()
           << what << ": recovered [" << log.begin.bytes() << ", " << log.end.bytes()
           << ") with boundary " << log.boundary.bytes() << " of a stream that ends at "
           << model.end().bytes();
  };
  if (log.begin < LogModel::kStart || log.end > model.end() || log.begin > log.end) {
    return complain("outside");
  }
  if (bytes != model.slice(log.begin, log.end)) return complain("a wrong byte");
  if (!model.boundaries.contains(log.boundary) || log.boundary > log.end) {
    return complain("no boundary");
  }
  return testing::AssertionSuccess();
}

}  // namespace relay::test
