#include "proxy/snapshot/snapshot_spool.h"

#include "common/base/logging.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace relay {
namespace {

constexpr std::uint64_t kSyncEvery = std::uint64_t{32} << 20;
constexpr std::size_t kAuditStride = std::size_t{1} << 20;
constexpr std::string_view kPrefix = "snapshot-";
constexpr std::string_view kSuffix = ".rdb";

}  // namespace

std::string snapshot_name(Offset offset) {
  std::array<char, 32> digits;
  std::snprintf(digits.data(), digits.size(), "%020llu",
                static_cast<unsigned long long>(offset.bytes()));
  return std::string(kPrefix) + digits.data() + std::string(kSuffix);
}

std::optional<Offset> parse_snapshot_name(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc() || end != name.data() + name.size() || name.size() != 20) {
    return std::nullopt;
  }
  return Offset::of_bytes(value);
}

SnapshotSpool::SnapshotSpool(asio::any_io_executor disk, FileSystem& fs, StorageHealth& health,
                             std::string directory, SnapshotPtr snapshot, bool check_aux)
    : disk_(disk),
      fs_(fs),
      health_(health),
      directory_(std::move(directory)),
      snapshot_(std::move(snapshot)),
      check_aux_(check_aux) {}

asio::awaitable<void> SnapshotSpool::open() {
  auto work = [this]() -> Result<std::unique_ptr<File>> {
    if (auto made = fs_.make_directory(directory_); !made) return made.error();
    return fs_.create(path() + ".partial");
  };
  auto file = co_await offload(disk_, work);
  if (!file) {
    health_.count("append");
    throw SpoolError("write", "cannot create the snapshot's file: " + file.error().message());
  }
  snapshot_->opened(std::move(*file));
}

Result<void> SnapshotSpool::store(std::span<const std::string_view> pieces) {
  if (auto written = snapshot_->file()->write_at(stored_, pieces); !written) return written;
  for (const std::string_view piece : pieces) {
    verifier_.observe(piece);
    stored_ += piece.size();
    unsynced_ += piece.size();
  }
  if (unsynced_ >= kSyncEvery) {
    unsynced_ = 0;
    return snapshot_->file()->sync();
  }
  return {};
}

asio::awaitable<void> SnapshotSpool::write(std::span<const std::string_view> pieces) {
  auto work = [this, pieces] { return store(pieces); };
  const auto stored = co_await offload(disk_, work);
  // Known early, a fault saves the rest of the transfer.
  const std::string fault =
      verifier_.error().empty() ? aux_fault() : std::string(verifier_.error());
  if (!fault.empty()) throw SpoolError("verify", "the snapshot is not good: " + fault);
  if (!stored) {
    health_.count("append");
    throw SpoolError("write", "cannot store the snapshot: " + stored.error().message());
  }
  snapshot_->grew(stored_);
}

std::string SnapshotSpool::aux_fault() const {
  if (!check_aux_) return {};
  if (verifier_.repl_id() && *verifier_.repl_id() != snapshot_->id()) {
    return "its AUX repl-id is " + verifier_.repl_id()->str() + ", but +FULLRESYNC said " +
           snapshot_->id().str();
  }
  if (verifier_.repl_offset() && *verifier_.repl_offset() != snapshot_->offset()) {
    return "its AUX repl-offset is " + std::to_string(verifier_.repl_offset()->bytes()) +
           ", but +FULLRESYNC said " + std::to_string(snapshot_->offset().bytes());
  }
  return {};
}

std::string SnapshotSpool::verify() {
  const RdbVerifier::Verdict verdict = verifier_.finish();
  if (!verdict.ok) return verdict.text;
  checksum_disabled_ = verdict.checksum_disabled;
  checksum_ = verdict.checksum;
  return aux_fault();
}

// The bytes, then the name, then the directory that holds the name: a crash before the last leaves
// a ".partial" or nothing, and both are removed at the next start.
Result<void> SnapshotSpool::name_it() {
  if (auto synced = snapshot_->file()->sync(); !synced) return synced;
  if (auto renamed = fs_.rename(path() + ".partial", path()); !renamed) return renamed;
  named_ = true;
  return fs_.sync_directory(directory_);
}

asio::awaitable<void> SnapshotSpool::finish() {
  auto check = [this] { return verify(); };
  const std::string fault = co_await offload(disk_, check);
  if (!fault.empty()) throw SpoolError("verify", "the snapshot is not good: " + fault);
  auto name = [this] { return name_it(); };
  const auto named = co_await offload(disk_, name);
  if (!named) {
    health_.count("rename");
    throw SpoolError("write", "cannot complete the snapshot's file: " + named.error().message());
  }
  snapshot_->complete(stored_, checksum_disabled_, snapshot_->since(), checksum_);
}

asio::awaitable<void> SnapshotSpool::fail(std::string why) {
  snapshot_->fail(std::move(why));
  auto work = [this]() -> Result<void> {
    if (auto removed = fs_.remove(path() + ".partial"); !removed) return removed;
    // Until then the name is another's: an earlier snapshot of the same place.
    return named_ ? fs_.remove(path()) : Result<void>();
  };
  const auto removed = co_await offload(disk_, work);
  if (!removed) log_warn("snapshot.leftover", {{"path", path()}, {"reason", removed.error()}});
}

SnapshotAudit audit_snapshot(File& file) {
  SnapshotAudit audit;
  RdbVerifier verifier;
  std::string buffer(kAuditStride, '\0');
  while (true) {
    const auto n = file.read_at(audit.size, buffer);
    if (!n) {
      audit.fault = n.error().message();
      return audit;
    }
    if (*n == 0) break;
    verifier.observe(std::string_view(buffer).substr(0, *n));
    audit.size += *n;
  }
  const RdbVerifier::Verdict verdict = verifier.finish();
  if (!verdict.ok) audit.fault = verdict.text;
  audit.checksum_disabled = verdict.checksum_disabled;
  audit.checksum = verdict.checksum;
  audit.repl_id = verdict.repl_id;
  audit.repl_offset = verdict.repl_offset;
  audit.taken = verifier.taken();
  return audit;
}

}  // namespace relay
