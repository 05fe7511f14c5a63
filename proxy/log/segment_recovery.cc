#include "proxy/log/segment_recovery.h"

#include "proxy/log/segment_cut.h"
#include "proxy/log/segment_frames.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace relay {
namespace {

constexpr std::string_view kPartialSuffix = ".segment.partial";

// Where the whole frames of a segment end, and what stands there.
struct WalkedSegment {
  Offset end;
  Offset boundary;
  std::uint64_t position = 0;
  bool is_clean = false;  // nothing but zeros, or a seal and nothing more, stands there
  bool has_more = false;  // whole frames, or more than a torn frame leaves, stand behind a bad one
};

enum class Tail { kEmpty, kData };

// Whether `file` has a byte that is not zero at or behind `position`.
Result<Tail> tail_from(File& file, std::uint64_t position) {
  std::array<char, 16 * 1024> bytes;
  while (true) {
    auto read = file.read_at(position, bytes);
    if (!read) return read.error();
    if (*read == 0) return Tail::kEmpty;
    if (std::any_of(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*read),
                    [](char c) { return c != 0; })) {
      return Tail::kData;
    }
    position += *read;
  }
}

// Behind a bad frame that a crash tore there is, as a rule, nothing. The frame's own length, if it
// can be one, says where to look.
Result<Tail> tail_behind(File& file, const SegmentFrame& bad, const SegmentFile& segment) {
  if (segment.seal && segment.seal->end > bad.at) return Tail::kData;
  std::vector<char> bytes(2 * kMaxFrameBytes);
  auto read = file.read_at(bad.position, bytes);
  if (!read) return read.error();
  const std::string_view here(bytes.data(), *read);
  const FrameView claimed = decode_frame(here, bad.at, false);
  if (claimed.kind == FrameKind::kWhole && here.size() > kFrameHeaderBytes + claimed.length) {
    const std::string_view behind = here.substr(kFrameHeaderBytes + claimed.length);
    const FrameKind next = decode_frame(behind, bad.at + claimed.length).kind;
    if (next == FrameKind::kWhole || next == FrameKind::kSeal) return Tail::kData;
  }
  return tail_from(file, bad.position + kMaxFrameBytes);
}

Result<WalkedSegment> walk(FileSystem& fs, const std::string& dir, const SegmentFile& segment) {
  auto file = fs.open(segment_path(dir, segment.base));
  if (!file) return file.error();
  SegmentFrames frames(**file, *segment.header);
  while (true) {
    auto frame = frames.next();
    if (!frame) return frame.error();
    if (frame->kind == FrameKind::kWhole) continue;
    WalkedSegment walked{frame->at, frame->boundary, frame->position, false, false};
    if (frame->kind == FrameKind::kSeal || frame->kind == FrameKind::kEnd) {
      const bool sealed = frame->kind == FrameKind::kSeal;
      auto tail = tail_from(**file, frame->position + (sealed ? kSegmentSealBytes : 0));
      if (!tail) return tail.error();
      walked.is_clean = *tail == Tail::kEmpty;
    } else {
      auto tail = tail_behind(**file, *frame, segment);
      if (!tail) return tail.error();
      walked.has_more = *tail == Tail::kData;
    }
    return walked;
  }
}

std::string number(Offset offset) { return std::to_string(offset.bytes()); }

class Recovery {
 public:
  Recovery(FileSystem& fs, const std::string& dir, RecoveryOptions options)
      : fs_(fs), dir_(dir), options_(options) {}

  Result<RecoveredLog> run();

 private:
  enum class Round { kClean, kRepaired };
  // Looks from the end to the front for the first thing that is wrong and repairs that. Nothing
  // was: log_ is filled in.
  Result<Round> round();
  Result<Round> check_last_header(const std::vector<SegmentFile>& files);
  Result<Round> check_earlier(const std::vector<SegmentFile>& files, std::size_t i);
  Result<Round> check_last(const std::vector<SegmentFile>& files);
  Result<void> set_aside(const SegmentFile& segment);
  void say(std::string incident) { log_.incidents.push_back(std::move(incident)); }

  FileSystem& fs_;
  const std::string& dir_;
  const RecoveryOptions options_;
  RecoveredLog log_;
};

Result<RecoveredLog> Recovery::run() {
  auto names = fs_.list(dir_);
  if (!names) {
    if (names.error() == boost::system::errc::no_such_file_or_directory) return RecoveredLog();
    return names.error();
  }
  // Segments that were being made and have no name yet: nothing was ever appended to them.
  for (const std::string& name : *names) {
    if (!name.ends_with(kPartialSuffix)) continue;
    if (auto removed = fs_.remove(dir_ + "/" + name); !removed) return removed.error();
  }
  // A segment is cut in two, sealed or set aside, each once at most: more rounds than this, and the
  // disk does not do what it says.
  for (std::size_t left = 4 * names->size() + 4; left > 0; --left) {
    auto done = round();
    if (!done) return done.error();
    if (*done == Round::kClean) return std::move(log_);
  }
  return make_error_code(DataError::kDamaged);
}

Result<Recovery::Round> Recovery::round() {
  auto files = look_at_segments(fs_, dir_);
  if (!files) return files.error();
  for (const SegmentFile& file : *files) {
    if (file.header.has_error() && file.header.error() == DataError::kUnsupported) {
      return file.header.error();
    }
  }
  if (files->empty()) return Round::kClean;
  auto found = check_last_header(*files);
  for (std::size_t i = files->size() - 1; i > 0 && found && *found == Round::kClean; --i) {
    found = check_earlier(*files, i - 1);
  }
  if (found && *found == Round::kClean) found = check_last(*files);
  return found;
}

Result<void> Recovery::set_aside(const SegmentFile& segment) {
  log_.lost_bytes += segment.file_bytes;
  const std::string path = segment_path(dir_, segment.base);
  if (auto renamed = fs_.rename(path, path + ".damaged"); !renamed) return renamed;
  return fs_.sync_directory(dir_);
}

// A segment has a name only when its header is stored: a bad one is damage, and nothing in that
// file can be trusted but its name.
Result<Recovery::Round> Recovery::check_last_header(const std::vector<SegmentFile>& files) {
  const SegmentFile& last = files.back();
  if (last.header) return Round::kClean;
  if (files.size() > 1 && files[files.size() - 2].header) {
    // Before it goes: had it been begun by a cut, the one before it may still hold what was cut
    // away.
    auto cut = cut_segment(fs_, dir_, files[files.size() - 2].base, last.base);
    if (!cut) return cut.error();
  }
  log_.is_damaged = true;
  say("segment " + segment_name(last.base) + ": its header is " + last.header.error().message() +
      "; set aside as .damaged with all from offset " + number(last.base) + " on, a file of " +
      std::to_string(last.file_bytes) + " bytes");
  if (auto aside = set_aside(last); !aside) return aside.error();
  return Round::kRepaired;
}

Result<Recovery::Round> Recovery::check_earlier(const std::vector<SegmentFile>& files,
                                                std::size_t i) {
  const SegmentFile& segment = files[i];
  const Offset next = files[i + 1].base;
  Offset end = segment.base;
  if (segment.header) {
    if (segment.seal && !options_.verify_all) {
      end = segment.seal->end;
    } else {
      auto walked = walk(fs_, dir_, segment);
      if (!walked) return walked.error();
      end = walked->end;
    }
  }
  if (!segment.header || end < next) {
    log_.is_damaged = true;
    say("segment " + segment_name(segment.base) + ": " +
        (segment.header ? "damaged or short, whole only up to offset " + number(end)
                        : "its header is " + segment.header.error().message()) +
        "; it and all before it are set aside as .damaged, the log begins at offset " +
        number(next) + " instead of " + number(files.front().base) + ", " +
        std::to_string(next.since(files.front().base)) + " bytes of the stream are lost");
    // Oldest first, so that at no time there is more than one hole.
    for (std::size_t k = 0; k <= i; ++k) {
      if (auto aside = set_aside(files[k]); !aside) return aside.error();
    }
    return Round::kRepaired;
  }
  if (end == next && segment.seal && segment.seal->end == end) return Round::kClean;
  auto cut = cut_segment(fs_, dir_, segment.base, next);
  if (!cut) return cut.error();
  say("segment " + segment_name(segment.base) +
      (end > next ? ": held bytes that had been cut out of the log; cut at offset "
                  : ": had no whole seal; all its bytes are there, sealed at offset ") +
      number(next));
  return Round::kRepaired;
}

Result<Recovery::Round> Recovery::check_last(const std::vector<SegmentFile>& files) {
  const SegmentFile& last = files.back();
  auto walked = walk(fs_, dir_, last);
  if (!walked) return walked.error();
  if (!walked->is_clean) {
    const std::uint64_t cut_off = last.file_bytes - walked->position;
    log_.lost_bytes += cut_off;
    log_.is_damaged = log_.is_damaged || walked->has_more;
    auto cut = cut_segment(fs_, dir_, last.base, walked->end);
    if (!cut) return cut.error();
    say("segment " + segment_name(last.base) + ": " +
        (walked->has_more ? "damaged, there is data behind a bad frame"
                          : "torn, as a crash leaves it") +
        "; the log is cut at offset " + number(walked->end) + " and " + std::to_string(cut_off) +
        " bytes of the file behind it are dropped");
    return Round::kRepaired;
  }
  log_.segments = describe(files, walked->end);
  log_.begin = files.front().base;
  log_.end = walked->end;
  log_.boundary = walked->boundary;
  return Round::kClean;
}

}  // namespace

Result<RecoveredLog> recover_log(FileSystem& fs, const std::string& dir, RecoveryOptions options) {
  return Recovery(fs, dir, options).run();
}

}  // namespace relay
