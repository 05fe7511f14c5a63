#include "proxy/log/segment_info.h"

#include <algorithm>
#include <array>

namespace relay {
namespace {

Result<SegmentHeader> header_of(File& file, Offset base) {
  std::array<char, kSegmentHeaderBytes> bytes;
  auto read = file.read_at(0, bytes);
  if (!read) return read.error();
  auto header = decode_segment_header({bytes.data(), *read});
  if (header && header->base != base) return make_error_code(DataError::kDamaged);
  return header;
}

// Whether a file of this size can hold the stream from `base` to the seal's end.
bool is_plausible(const SegmentSeal& seal, Offset base, std::uint64_t file_bytes) {
  if (seal.end < base) return false;
  const std::uint64_t payload = seal.end.since(base);
  const std::uint64_t framed = file_bytes - kSegmentHeaderBytes - kSegmentSealBytes;
  if (payload > framed) return false;
  const std::uint64_t frames = (payload + kMaxFramePayload - 1) / kMaxFramePayload;
  return framed - payload >= frames * kFrameHeaderBytes;
}

Result<std::optional<SegmentSeal>> seal_of(File& file, Offset base, std::uint64_t size) {
  if (size < kSegmentHeaderBytes + kSegmentSealBytes) return std::optional<SegmentSeal>();
  std::array<char, kSegmentSealBytes> bytes;
  auto read = file.read_at(size - kSegmentSealBytes, bytes);
  if (!read) return read.error();
  std::optional<SegmentSeal> seal = decode_segment_seal({bytes.data(), *read});
  if (seal && !is_plausible(*seal, base, size)) seal.reset();
  return seal;
}

}  // namespace

std::string segment_path(const std::string& dir, Offset base) {
  return dir + "/" + segment_name(base);
}

Result<SegmentFile> look_at_segment(File& file, Offset base) {
  auto size = file.size();
  if (!size) return size.error();
  auto header = header_of(file, base);
  if (!header && header.error().category() != data_category()) return header.error();
  auto seal = seal_of(file, base, *size);
  if (!seal) return seal.error();
  return SegmentFile{base, header, *seal, *size};
}

Result<std::vector<SegmentFile>> look_at_segments(FileSystem& fs, const std::string& dir) {
  std::vector<SegmentFile> found;
  auto names = fs.list(dir);
  if (!names) {
    if (names.error() == boost::system::errc::no_such_file_or_directory) return found;
    return names.error();
  }
  for (const std::string& name : *names) {
    const auto base = parse_segment_name(name);
    if (!base) continue;
    auto file = fs.open(dir + "/" + name);
    if (!file) return file.error();
    auto segment = look_at_segment(**file, *base);
    if (!segment) return segment.error();
    found.push_back(*segment);
  }
  std::sort(found.begin(), found.end(),
            [](const SegmentFile& a, const SegmentFile& b) { return a.base < b.base; });
  return found;
}

std::vector<SegmentInfo> describe(const std::vector<SegmentFile>& files, Offset end) {
  const auto now = std::chrono::system_clock::now();
  std::vector<SegmentInfo> segments;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const SegmentFile& file = files[i];
    segments.push_back({file.base, i + 1 < files.size() ? files[i + 1].base : end, file.file_bytes,
                        file.seal ? file.seal->written : now});
  }
  return segments;
}

}  // namespace relay
