#include "proxy/log/segment_writer.h"

#include "common/base/check.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace relay {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kNothing = std::numeric_limits<std::size_t>::max();

std::size_t frames_of(std::string_view run) {
  return (run.size() + kMaxFramePayload - 1) / kMaxFramePayload;
}

}  // namespace

SegmentWriter::SegmentWriter(std::unique_ptr<File> file, Offset base, Offset boundary)
    : file_(std::move(file)), boundary_(boundary) {
  info_ = {base, base, kSegmentHeaderBytes, std::chrono::system_clock::now()};
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::begin(FileSystem& fs, std::string dir,
                                                            Offset base, Offset boundary,
                                                            Storage storage) {
  RELAY_CHECK(boundary <= base);
  const std::string path = segment_path(dir, base);
  const std::string partial = path + ".partial";
  auto file = fs.create(partial);
  if (!file) return file.error();
  const auto header = encode_segment_header({base, boundary});
  if (auto wrote = (*file)->write_at(0, std::string_view(header.data(), header.size())); !wrote) {
    return wrote.error();
  }
  if (storage.reserve > 0) static_cast<void>((*file)->reserve(storage.reserve));
  // A crash up to here leaves a .partial, which recovery removes.
  if (auto synced = (*file)->sync(); !synced) return synced.error();
  // From here on a crash may leave the segment, empty and with a whole header: a header that is not
  // is damage.
  if (auto renamed = fs.rename(partial, path); !renamed) return renamed.error();
  // And from here on it does: what is appended cannot be lost by losing its name.
  if (auto synced = fs.sync_directory(dir); !synced) return synced.error();
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(std::move(*file), base, boundary));
  if (storage.direct_from > 0) {
    // After the header was synced: what is cached and not on the disk would have to go there first.
    const auto direct = writer->file_->append_directly(storage.direct_from);
    if (!direct) writer->no_direct_io_ = direct.error();
    writer->is_direct_ = direct.has_value();
    writer->direct_from_ = direct ? storage.direct_from : 0;
  }
  return writer;
}

Result<void> SegmentWriter::noted(Result<void> outcome) {
  if (!outcome) failure_ = outcome.error();
  return outcome;
}

Result<void> SegmentWriter::append(std::span<const std::string_view> runs, Offset boundary) {
  RELAY_CHECK(!sealed_);
  if (failure_) return failure_;
  std::size_t frames = 0;
  for (const std::string_view run : runs) frames += frames_of(run);
  if (frames == 0) return {};
  headers_.resize(frames);
  pieces_.clear();
  SegmentInfo after = info_;
  Offset named = boundary_;
  auto header = headers_.begin();
  for (std::string_view run : runs) {
    for (; !run.empty(); ++header) {
      const std::string_view payload = run.substr(0, kMaxFramePayload);
      run.remove_prefix(payload.size());
      const Offset frame_end = after.end + payload.size();
      if (boundary <= frame_end) named = std::max(named, boundary);
      *header = encode_frame_header(after.end, named, payload);
      pieces_.emplace_back(header->data(), header->size());
      pieces_.push_back(payload);
      after.end = frame_end;
      after.file_bytes += kFrameHeaderBytes + payload.size();
    }
  }
  if (auto wrote = noted(file_->write_at(info_.file_bytes, pieces_)); !wrote) return wrote;
  after.newest = std::chrono::system_clock::now();
  info_ = after;
  boundary_ = named;
  return {};
}

void SegmentWriter::use_direct_io(bool wanted) {
  if (direct_from_ == 0 || is_direct_ == wanted) return;
  is_direct_ = wanted;
  static_cast<void>(file_->append_directly(wanted ? direct_from_ : kNothing));
}

Result<void> SegmentWriter::sync() {
  if (failure_) return failure_;
  if (auto synced = noted(file_->sync()); !synced) return synced;
  // What is synced is clean, and nobody is about to read it. The page that is written next is kept.
  if (uses_direct_io()) {
    const std::uint64_t until = info_.file_bytes / kPage * kPage;
    if (until > cached_from_) file_->forget(cached_from_, until - cached_from_);
    cached_from_ = std::max(cached_from_, until);
  }
  return {};
}

Result<void> SegmentWriter::seal() {
  if (failure_) return failure_;
  if (sealed_) return {};
  const auto seal = encode_segment_seal({info_.end, boundary_, info_.newest});
  if (auto wrote =
          noted(file_->write_at(info_.file_bytes, std::string_view(seal.data(), seal.size())));
      !wrote) {
    return wrote;
  }
  // The file's size is this already; asking for it gives back the blocks that were set aside behind
  // it.
  const std::uint64_t whole = info_.file_bytes + kSegmentSealBytes;
  if (auto resized = noted(file_->resize(whole)); !resized) return resized;
  if (auto synced = noted(file_->sync()); !synced) return synced;
  info_.file_bytes = whole;
  sealed_ = true;
  return {};
}

}  // namespace relay
