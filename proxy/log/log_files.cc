#include "proxy/log/log_files.h"

#include "common/base/logging.h"
#include "proxy/log/segment_cut.h"

#include <algorithm>
#include <utility>

namespace relay {
namespace {

// A write that goes past the page cache waits for the disk. A small one costs more than it spares,
// and comes when there is CPU to spare.
constexpr std::size_t kDirectFrom = 256 * 1024;

}  // namespace

LogFiles::LogFiles(FileSystem& fs, std::string directory, const Config::Log& settings,
                   std::vector<SegmentInfo> segments)
    : fs_(fs),
      directory_(std::move(directory)),
      segment_size_(settings.segment_size),
      direct_from_(settings.direct_io ? kDirectFrom : 0),
      segments_(std::move(segments)) {}

Result<void> LogFiles::begin_at(Offset at, Offset boundary) {
  writer_.reset();
  if (auto settled = settle(at); !settled) return settled;
  auto remaining = begin_log_at(fs_, directory_, at);
  if (!remaining) return remaining.error();
  segments_ = std::move(*remaining);
  return open_segment(at, border_before(at, boundary));
}

// Before anything follows it, what stays is synced, also where another run of the process wrote it
// and was killed: only a log's last segment may be torn.
Result<void> LogFiles::settle(Offset at) {
  sync_failed_ = false;
  const auto holds = std::find_if(segments_.rbegin(), segments_.rend(),
                                  [&](const SegmentInfo& one) { return one.base < at; });
  if (holds == segments_.rend()) return {};
  auto file = fs_.open(segment_path(directory_, holds->base));
  if (!file) {
    if (file.error() == boost::system::errc::no_such_file_or_directory) return {};
    return file.error();
  }
  auto synced = (*file)->sync();
  sync_failed_ = synced.has_error();
  return synced;
}

Result<void> LogFiles::begin_anew(Offset at, Offset boundary) {
  writer_.reset();
  sync_failed_ = false;
  // After a crash in between there is no log, or one that ends early; both are what they seem.
  if (auto removed = begin_log_at(fs_, directory_, Offset()); !removed) return removed.error();
  segments_.clear();
  return open_segment(at, border_before(at, boundary));
}

// A place is a border of commands only if somebody saw it to be one. What is known beyond `at` says
// nothing about `at`.
Offset LogFiles::border_before(Offset at, Offset known) const {
  Offset border;
  for (const Offset candidate : {known, boundary_, synced_boundary_}) {
    if (candidate <= at) border = std::max(border, candidate);
  }
  return border;
}

Result<void> LogFiles::open_segment(Offset at, Offset boundary) {
  if (auto made = fs_.make_directory(directory_); !made) return made;
  const std::string parent = directory_.substr(0, directory_.rfind('/'));
  if (auto synced = fs_.sync_directory(parent); !synced) return synced;
  auto writer = SegmentWriter::begin(fs_, directory_, at, boundary,
                                     {.reserve = segment_size_, .direct_from = direct_from_});
  if (!writer) return writer.error();
  boundary_ = synced_boundary_ = boundary;
  writer_ = std::move(*writer);
  if (writer_->why_no_direct_io() && !std::exchange(refusal_is_said_, true)) {
    log_info("log.no_direct_io",
             {{"reason", writer_->why_no_direct_io()},
              {"effect", "the log is written through the page cache, at more CPU"}});
  }
  segments_.push_back(writer_->info());
  return {};
}

Result<void> LogFiles::append(std::span<const LogPiece> pieces, Offset boundary) {
  RELAY_CHECK(writer_ != nullptr);
  sync_failed_ = false;
  runs_.clear();
  std::uint64_t bytes = 0;
  for (const LogPiece& piece : pieces) {
    if (writer_->file_bytes() + bytes >= segment_size_) {
      if (auto stored = store_runs(boundary); !stored) return stored;
      if (auto rolled = roll(); !rolled) return rolled;
      bytes = 0;
    }
    runs_.push_back(piece.bytes);
    bytes += piece.bytes.size();
  }
  return store_runs(boundary);
}

// As few writes as there are segments for them: a large one can go past the page cache.
Result<void> LogFiles::store_runs(Offset boundary) {
  writer_->use_direct_io(!wants_cache_);
  if (auto stored = writer_->append(runs_, boundary); !stored) return stored;
  runs_.clear();
  segments_.back() = writer_->info();
  boundary_ = writer_->boundary();
  return {};
}

Result<void> LogFiles::roll() {
  const Offset at = writer_->end();
  // The full segment is synced before the next one exists: after a power cut only the last segment
  // can be torn. On its own before the seal: a seal that fails puts nothing in doubt but itself.
  if (auto synced = sync(); !synced) return synced;
  if (auto sealed = writer_->seal(); !sealed) return sealed;
  segments_.back() = writer_->info();
  return open_segment(at, boundary_);
}

Result<void> LogFiles::sync() {
  sync_failed_ = false;
  if (!writer_) return {};
  auto synced = writer_->sync();
  sync_failed_ = synced.has_error();
  if (synced) synced_boundary_ = boundary_;
  return synced;
}

Result<void> LogFiles::close() {
  if (!writer_) return {};
  if (auto synced = sync(); !synced) return synced;
  auto sealed = writer_->seal();
  writer_.reset();
  return sealed;
}

Result<void> LogFiles::trim(Offset begin) {
  sync_failed_ = false;
  while (segments_.size() > 1 && segments_[1].base <= begin) {
    auto removed = remove_oldest(fs_, directory_, std::span(segments_).first(1));
    if (!removed) return removed;
    segments_.erase(segments_.begin());
  }
  return {};
}

}  // namespace relay
