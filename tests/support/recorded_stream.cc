#include "tests/support/recorded_stream.h"

#include "tests/support/replication_reader.h"

#include <stdexcept>
#include <string_view>

namespace relay::test {

namespace {

// The offset that a recorded "PSYNC <id> <offset>" stands on: one less than the byte it names.
std::uint64_t offset_asked_for(std::string_view said) {
  const auto psync = said.rfind("PSYNC\r\n");
  if (psync == std::string_view::npos) throw std::runtime_error("no PSYNC in the recording");
  // PSYNC, $40, <id>, $<n>, <offset>
  auto at = psync;
  for (int line = 0; line < 4; ++line) at = said.find("\r\n", at) + 2;
  return std::stoull(std::string(said.substr(at, 20))) - 1;
}

void join(RecordedStream& stream, std::uint64_t begin, const std::string& bytes) {
  if (begin < stream.begin || begin > stream.end()) {
    throw std::runtime_error("a connection went on at " + std::to_string(begin) +
                             ", not within what was seen before");
  }
  const auto overlap = stream.bytes.substr(begin - stream.begin);
  const auto common = std::min(overlap.size(), bytes.size());
  if (overlap.compare(0, common, bytes, 0, common) != 0) {
    throw std::runtime_error("the same offsets carried different bytes");
  }
  if (bytes.size() > overlap.size()) stream.bytes += bytes.substr(overlap.size());
}

}  // namespace

RecordedStream stream_seen_by(const TapProxy& tap) {
  RecordedStream stream;
  for (const auto& recording : tap.recordings()) {
    if (recording.up.find("SYNC\r\n") == std::string::npos) continue;  // questions, and no stream
    std::string snapshot, bytes;
    ReplicationReader reader(
        ReplicationReader::Beginning::kHandshake, [&](std::string_view b) { snapshot += b; },
        [&](std::string_view b) { bytes += b; });
    reader.feed(recording.down);
    if (reader.is_full()) {
      const auto full_syncs = stream.full_syncs + 1;
      stream = {};
      stream.full_syncs = full_syncs;
      stream.begin = reader.full_sync_offset();
      stream.snapshot = snapshot;
      stream.bytes = bytes;
    } else if (reader.is_continued()) {
      ++stream.continuations;
      join(stream, offset_asked_for(recording.up), bytes);
    }
    if (!reader.id().empty()) stream.id = reader.id();
  }
  return stream;
}

}  // namespace relay::test
