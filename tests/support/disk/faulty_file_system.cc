#include "tests/support/disk/faulty_file_system.h"

namespace relay::test {
namespace {

class FaultyFile final : public File {
 public:
  FaultyFile(std::unique_ptr<File> below, FaultPlan& plan)
      : below_(std::move(below)), plan_(plan) {}

  Result<std::size_t> read_at(std::uint64_t position, std::span<char> into) override {
    if (const auto met = plan_.meet(DiskCall::kRead); met.error) return *met.error;
    return below_->read_at(position, into);
  }

  Result<void> write_at(std::uint64_t position, std::span<const std::string_view> pieces) override {
    const auto met = plan_.meet(DiskCall::kWrite);
    if (!met.error) return below_->write_at(position, pieces);
    if (met.half) {
      std::string bytes;
      for (const std::string_view piece : pieces) bytes += piece;
      const std::string_view half = std::string_view(bytes).substr(0, bytes.size() / 2);
      static_cast<void>(below_->write_at(position, {&half, 1}));
    }
    return *met.error;
  }

  Result<void> sync() override {
    if (const auto met = plan_.meet(DiskCall::kSync); met.error) return *met.error;
    return below_->sync();
  }

  Result<void> reserve(std::uint64_t size) override {
    if (const auto met = plan_.meet(DiskCall::kReserve); met.error) return *met.error;
    return below_->reserve(size);
  }

  Result<void> resize(std::uint64_t size) override {
    if (const auto met = plan_.meet(DiskCall::kResize); met.error) return *met.error;
    return below_->resize(size);
  }

  Result<std::uint64_t> size() override {
    if (const auto met = plan_.meet(DiskCall::kSize); met.error) return *met.error;
    return below_->size();
  }

  Result<void> append_directly(std::size_t at_least) override {
    return below_->append_directly(at_least);
  }

  bool appends_directly() const override { return below_->appends_directly(); }

  void forget(std::uint64_t position, std::uint64_t length) override {
    below_->forget(position, length);
  }

 private:
  const std::unique_ptr<File> below_;
  FaultPlan& plan_;
};

Result<std::unique_ptr<File>> with_faults(Result<std::unique_ptr<File>> file, FaultPlan& plan) {
  if (!file) return file;
  return std::unique_ptr<File>(std::make_unique<FaultyFile>(std::move(*file), plan));
}

}  // namespace

Result<std::unique_ptr<File>> FaultyFileSystem::create(const std::string& path) {
  if (const auto met = plan_.meet(DiskCall::kCreate); met.error) return *met.error;
  return with_faults(below_.create(path), plan_);
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path) {
  if (const auto met = plan_.meet(DiskCall::kOpen); met.error) return *met.error;
  return with_faults(below_.open(path), plan_);
}

Result<void> FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  if (const auto met = plan_.meet(DiskCall::kRename); met.error) return *met.error;
  return below_.rename(from, to);
}

Result<void> FaultyFileSystem::remove(const std::string& path) {
  if (const auto met = plan_.meet(DiskCall::kRemove); met.error) return *met.error;
  return below_.remove(path);
}

Result<void> FaultyFileSystem::remove_tree(const std::string& path) {
  if (const auto met = plan_.meet(DiskCall::kRemove); met.error) return *met.error;
  return below_.remove_tree(path);
}

Result<void> FaultyFileSystem::make_directory(const std::string& path) {
  if (const auto met = plan_.meet(DiskCall::kMakeDirectory); met.error) return *met.error;
  return below_.make_directory(path);
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& directory) {
  if (const auto met = plan_.meet(DiskCall::kList); met.error) return *met.error;
  return below_.list(directory);
}

Result<void> FaultyFileSystem::sync_directory(const std::string& directory) {
  if (const auto met = plan_.meet(DiskCall::kSyncDirectory); met.error) return *met.error;
  return below_.sync_directory(directory);
}

Result<Space> FaultyFileSystem::space(const std::string& directory) {
  if (const auto met = plan_.meet(DiskCall::kSpace); met.error) return *met.error;
  return below_.space(directory);
}

}  // namespace relay::test
