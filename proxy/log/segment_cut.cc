#include "proxy/log/segment_cut.h"

#include "common/base/check.h"
#include "proxy/log/segment_frames.h"

#include <chrono>

namespace relay {
namespace {

template <std::size_t N>
std::string_view view(const std::array<char, N>& bytes) {
  return {bytes.data(), bytes.size()};
}

// Ends a file behind the bytes that stay. Up to the sync a crash leaves the frames behind
// `position` (the log is as long as before), or something that is no frame of that place (the log
// ends there). Cut first, so that a reader finds an end and not a bad frame.
Result<void> end_file(File& file, std::uint64_t position, const SegmentSeal& seal) {
  const auto bytes = encode_segment_seal(seal);
  if (auto cut = file.resize(position); !cut) return cut;
  if (auto wrote = file.write_at(position, view(bytes)); !wrote) return wrote;
  return file.sync();
}

// A whole sealed segment of one frame. It is there at once, or not at all.
Result<void> write_single_frame(FileSystem& fs, const std::string& dir, const SegmentHeader& header,
                                Offset boundary, std::string_view payload) {
  const Offset end = header.base + payload.size();
  std::string contents(view(encode_segment_header(header)));
  contents += view(encode_frame_header(header.base, boundary, payload));
  contents += payload;
  contents += view(encode_segment_seal({end, boundary, std::chrono::system_clock::now()}));
  return replace_file(fs, dir, segment_name(header.base), contents);
}

Result<void> remove_segment(FileSystem& fs, const std::string& dir, Offset base) {
  if (auto removed = fs.remove(segment_path(dir, base)); !removed) return removed;
  // One at a time: were a later removal kept by a crash and an earlier one not, the log would have
  // a hole.
  return fs.sync_directory(dir);
}

}  // namespace

Result<Offset> cut_segment(FileSystem& fs, const std::string& dir, Offset base, Offset at) {
  auto file = fs.open(segment_path(dir, base));
  if (!file) return file.error();
  auto segment = look_at_segment(**file, base);
  if (!segment) return segment.error();
  if (!segment->header) return segment->header.error();
  if (segment->seal && segment->seal->end == at) return at;

  SegmentFrames frames(**file, *segment->header);
  while (frames.at() < at) {
    const Offset known = frames.boundary();
    auto frame = frames.next();
    if (!frame) return frame.error();
    if (frame->kind != FrameKind::kWhole) return frame->at;
    if (frame->end() <= at) continue;

    // `at` lies inside this frame. What stays of it moves to a segment of its own first, so that a
    // crash loses nothing; recovery sees that the two overlap and takes the last step. The sync
    // comes before all: only a log's last segment may be torn. A first frame's segment has this
    // one's name, and replaces it.
    if (auto synced = (*file)->sync(); !synced) return synced.error();
    const Offset named = frame->boundary <= at ? frame->boundary : known;
    const std::string_view stays = frame->payload.substr(0, at.since(frame->at));
    auto wrote = write_single_frame(fs, dir, {frame->at, known}, named, stays);
    if (!wrote) return wrote.error();
    if (frame->at == base) return at;
    auto ended =
        end_file(**file, frame->position, {frame->at, known, std::chrono::system_clock::now()});
    if (!ended) return ended.error();
    return at;
  }
  auto ended = end_file(**file, frames.position(),
                        {at, frames.boundary(), std::chrono::system_clock::now()});
  if (!ended) return ended.error();
  return at;
}

Result<std::vector<SegmentInfo>> begin_log_at(FileSystem& fs, const std::string& dir, Offset b) {
  auto files = look_at_segments(fs, dir);
  if (!files) return files.error();
  // Newest first: a crash leaves a log that ends earlier.
  while (!files->empty() && files->back().base >= b) {
    if (auto removed = remove_segment(fs, dir, files->back().base); !removed) {
      return removed.error();
    }
    files->pop_back();
  }
  // From the end to the front each segment is to end where the next begins. As a rule only the last
  // is cut here; another one is where an earlier call failed half way.
  Offset end = b;
  std::size_t kept = files->size();
  while (kept > 0) {
    const SegmentFile& file = (*files)[kept - 1];
    if (file.header.has_error() && file.header.error() != DataError::kUnsupported) break;
    if (!file.seal || file.seal->end != end) {
      auto reached = cut_segment(fs, dir, file.base, end);
      if (!reached) return reached.error();
      if (*reached < end) break;
    }
    end = file.base;
    --kept;
  }
  // What ends in a hole is of no use. Oldest first: a crash leaves less in front of the hole, never
  // a second hole.
  for (std::size_t i = 0; i < kept; ++i) {
    if (auto removed = remove_segment(fs, dir, (*files)[i].base); !removed) return removed.error();
  }
  files = look_at_segments(fs, dir);
  if (!files) return files.error();
  return describe(*files, b);
}

Result<void> remove_oldest(FileSystem& fs, const std::string& dir,
                           std::span<const SegmentInfo> segments) {
  for (const SegmentInfo& segment : segments) {
    if (auto removed = remove_segment(fs, dir, segment.base); !removed) return removed;
  }
  return {};
}

}  // namespace relay
