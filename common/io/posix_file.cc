#include "common/io/posix_file.h"

#include "common/io/direct_append.h"

#include <algorithm>
#include <climits>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

namespace relay {
namespace {

constexpr mode_t kFileMode = 0640;  // dumps and streams hold users' data
constexpr mode_t kDirectoryMode = 0750;
const ErrorCode kReadOnly(EROFS, boost::system::system_category());

// The result of a call that fails with -1, made again while signals interrupt it.
template <typename Call>
auto uninterrupted(Call call) {
  while (true) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

Result<void> outcome(int result) {
  if (result == -1) return errno_code();
  return {};
}

std::size_t size_of(std::span<const std::string_view> pieces) {
  std::size_t sum = 0;
  for (const std::string_view piece : pieces) sum += piece.size();
  return sum;
}

class PosixFile final : public File {
 public:
  explicit PosixFile(int fd) : fd_(fd) {}
  ~PosixFile() override { ::close(fd_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  std::optional<int> descriptor() const override { return fd_; }

  Result<std::size_t> read_at(std::uint64_t position, std::span<char> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t n = uninterrupted([&] {
        return ::pread(fd_, into.data() + done, into.size() - done,
                       static_cast<off_t>(position + done));
      });
      if (n < 0) return errno_code();
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t position, std::span<const std::string_view> pieces) override {
    if (!direct_) return write_cached(position, pieces);
    if (size_of(pieces) >= direct_from_) {
      const auto written = direct_->write_at(position, pieces);
      // A disk whose blocks are larger still says so only now.
      if (written || written.error().value() != EINVAL) return written;
      direct_.reset();
      return write_cached(position, pieces);
    }
    direct_->forget_last_block();
    return write_cached(position, pieces);
  }

  Result<void> append_directly(std::size_t at_least) override {
    direct_from_ = at_least;
    if (direct_) return {};
    auto direct = DirectAppend::begin(fd_);
    if (!direct) return direct.error();
    direct_ = std::move(*direct);
    return {};
  }

  bool appends_directly() const override { return direct_ != nullptr; }

  Result<void> sync() override {
    return outcome(uninterrupted([&] { return ::fdatasync(fd_); }));
  }

  Result<void> reserve(std::uint64_t size) override {
    const int result = uninterrupted(
        [&] { return ::fallocate(fd_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)); });
    if (result == -1 && (errno == EOPNOTSUPP || errno == ENOSYS)) return {};
    return outcome(result);
  }

  Result<void> resize(std::uint64_t size) override {
    if (direct_) direct_->forget_last_block();
    return outcome(uninterrupted([&] { return ::ftruncate(fd_, static_cast<off_t>(size)); }));
  }

  Result<std::uint64_t> size() override {
    struct stat about;
    if (::fstat(fd_, &about) == -1) return errno_code();
    return static_cast<std::uint64_t>(about.st_size);
  }

  void forget(std::uint64_t position, std::uint64_t length) override {
    const auto from = static_cast<off_t>(position);
    const auto n = static_cast<off_t>(length);
    // The cache forgets clean pages only.
    ::sync_file_range(
        fd_, from, n,
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    ::posix_fadvise(fd_, from, n, POSIX_FADV_DONTNEED);
  }

 private:
  Result<void> write_cached(std::uint64_t position, std::span<const std::string_view> pieces) {
    std::size_t next = 0;    // the first piece not wholly written,
    std::size_t within = 0;  // and how much of it is
    while (true) {
      std::vector<iovec> batch;
      for (std::size_t i = next; i < pieces.size() && batch.size() < IOV_MAX; ++i) {
        const std::string_view rest = pieces[i].substr(i == next ? within : 0);
        if (rest.empty()) continue;
        batch.push_back({const_cast<char*>(rest.data()), rest.size()});
      }
      if (batch.empty()) return {};
      const ssize_t n = uninterrupted([&] {
        return ::pwritev(fd_, batch.data(), static_cast<int>(batch.size()),
                         static_cast<off_t>(position));
      });
      if (n < 0) return errno_code();
      if (n == 0) return ErrorCode(EIO, boost::system::system_category());
      position += static_cast<std::uint64_t>(n);
      std::size_t left = static_cast<std::size_t>(n);
      while (left > 0) {
        const std::size_t step = std::min(left, pieces[next].size() - within);
        left -= step;
        within += step;
        if (within == pieces[next].size()) {
          ++next;
          within = 0;
        }
      }
    }
  }

  const int fd_;
  std::unique_ptr<DirectAppend> direct_;  // who appends has the file for itself
  std::size_t direct_from_ = 0;
};

Result<std::unique_ptr<File>> opened(const std::string& path, int flags) {
  const int fd = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); });
  if (fd == -1) return errno_code();
  return std::unique_ptr<File>(std::make_unique<PosixFile>(fd));
}

}  // namespace

Result<std::unique_ptr<File>> PosixFileSystem::create(const std::string& path) {
  if (is_read_only()) return kReadOnly;
  return opened(path, O_RDWR | O_CREAT | O_TRUNC);
}

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path) {
  return opened(path, is_read_only() ? O_RDONLY : O_RDWR);
}

Result<void> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (is_read_only()) return kReadOnly;
  return outcome(::rename(from.c_str(), to.c_str()));
}

Result<void> PosixFileSystem::remove(const std::string& path) {
  if (is_read_only()) return kReadOnly;
  if (::unlink(path.c_str()) == -1 && errno != ENOENT) return errno_code();
  return {};
}

Result<void> PosixFileSystem::remove_tree(const std::string& path) {
  if (is_read_only()) return kReadOnly;
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return ErrorCode(error.value(), boost::system::system_category());
  return {};
}

Result<void> PosixFileSystem::make_directory(const std::string& path) {
  if (is_read_only()) return kReadOnly;
  if (::mkdir(path.c_str(), kDirectoryMode) == 0) return {};
  const ErrorCode failed = errno_code();
  struct stat about;
  const bool is_there =
      failed.value() == EEXIST && ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
  if (!is_there) return failed;
  return {};
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(directory.c_str()), ::closedir);
  if (!entries) return errno_code();
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return errno_code();
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> PosixFileSystem::sync_directory(const std::string& directory) {
  const int fd =
      uninterrupted([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd == -1) return errno_code();
  const int result = uninterrupted([&] { return ::fsync(fd); });
  const ErrorCode failed = result == -1 ? errno_code() : ErrorCode();
  ::close(fd);
  // Some network file systems have no such call; their names are as durable as they get.
  if (failed && failed.value() != EINVAL) return failed;
  return {};
}

Result<Space> PosixFileSystem::space(const std::string& directory) {
  struct statvfs about;
  if (uninterrupted([&] { return ::statvfs(directory.c_str(), &about); }) == -1) {
    return errno_code();
  }
  return Space{about.f_blocks * about.f_frsize, about.f_bavail * about.f_frsize};
}

}  // namespace relay
