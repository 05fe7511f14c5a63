#include "proxy/ctl/partial_file.h"

#include "proxy/config/small_file.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/terminal.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace relay {
namespace {

constexpr std::size_t kLongestEtag = 1024;
constexpr std::size_t kPiece = 256 * 1024;
constexpr mode_t kOwnersAlone = 0600;

std::string directory_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : file.substr(0, slash);
}

}  // namespace

PartialFile::PartialFile(std::string file) : file_(std::move(file)) {
  // Found out before anything is fetched.
  struct stat there {};
  if (::stat(file_.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    throw CtlFault(file_ + " is there and is no file");
  }
  fd_ = ::open(path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnersAlone);
  if (fd_ < 0) fail("cannot open");
  try {
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) throw CtlFault(path() + " is being written by another download");
      fail("cannot lock");
    }
    struct stat found {};
    if (::fstat(fd_, &found) != 0) fail("cannot read");
    // The lock came free with a rename: what it locks is the other one's finished file.
    struct stat named {};
    if (::stat(path().c_str(), &named) != 0 || named.st_ino != found.st_ino ||
        named.st_dev != found.st_dev) {
      throw CtlFault(path() + " was just finished by another download");
    }
    size_ = static_cast<std::uint64_t>(found.st_size);
  } catch (const CtlFault&) {
    ::close(fd_);
    throw;
  }
  if (auto etag = read_small_file(etag_file(), kLongestEtag)) etag_ = std::move(*etag);
}

PartialFile::~PartialFile() { ::close(fd_); }

void PartialFile::fail(std::string_view what) const {
  const std::string reason = std::strerror(errno);
  throw CtlFault(std::string(what) + " " + path() + ": " + reason);
}

void PartialFile::begin(const std::string& etag) {
  // The old name goes before the old bytes, the new one comes before the new.
  ::unlink(etag_file().c_str());
  if (::ftruncate(fd_, 0) != 0) fail("cannot empty");
  if (::lseek(fd_, 0, SEEK_SET) < 0) fail("cannot write");
  size_ = 0;
  etag_ = etag;
  if (etag.empty()) return;
  const int fd =
      ::open(etag_file().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnersAlone);
  if (fd < 0) fail("cannot write down what is in");
  try {
    write_all(fd, etag);
  } catch (const CtlFault&) {
    ::close(fd);
    fail("cannot write down what is in");
  }
  ::close(fd);
}

void PartialFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write");
    size_ += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void PartialFile::read_back(const std::function<void(std::string_view)>& take) const {
  std::vector<char> piece(kPiece);
  for (std::uint64_t at = 0; at < size_;) {
    const ssize_t n = ::pread(fd_, piece.data(), piece.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("cannot read");
    take({piece.data(), static_cast<std::size_t>(n)});
    at += static_cast<std::uint64_t>(n);
  }
}

void PartialFile::complete() {
  if (::fsync(fd_) != 0) fail("cannot store");
  if (::rename(path().c_str(), file_.c_str()) != 0) fail("cannot rename");
  ::unlink(etag_file().c_str());
  const int directory = ::open(directory_of(file_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;  // it may be written to and not read; the file is there all the same
  ::fsync(directory);
  ::close(directory);
}

void PartialFile::discard() {
  ::unlink(etag_file().c_str());
  ::unlink(path().c_str());
}

}  // namespace relay
