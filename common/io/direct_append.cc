#include "common/io/direct_append.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace relay {
namespace {

constexpr std::uint64_t kWithin = DirectAppend::kBlock - 1;

// One huge page, where the system has one to give: the disk is then told of it in one piece instead
// of in hundreds.
char* aligned_memory() {
  void* memory = std::aligned_alloc(DirectAppend::kMost, DirectAppend::kMost);
  if (memory == nullptr) throw std::bad_alloc();
  ::madvise(memory, DirectAppend::kMost, MADV_HUGEPAGE);
  return static_cast<char*>(memory);
}

}  // namespace

Result<std::unique_ptr<DirectAppend>> DirectAppend::begin(int fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const int direct = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_DIRECT);
  if (direct == -1) return errno_code();
  return std::unique_ptr<DirectAppend>(new DirectAppend(direct, fd));
}

DirectAppend::DirectAppend(int direct, int cached)
    : direct_(direct), cached_(cached), block_(aligned_memory()) {}

DirectAppend::~DirectAppend() { ::close(direct_); }

Result<void> DirectAppend::write_at(std::uint64_t position,
                                    std::span<const std::string_view> pieces) {
  if (auto loaded = load_first_block(position); !loaded) return loaded;
  std::size_t filled = position - at_;
  known_until_ = 0;  // until all of it is there
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      if (filled == kMost) {
        if (auto flushed = flush(filled); !flushed) return flushed;
        filled = 0;
      }
      const std::size_t n = std::min(piece.size(), kMost - filled);
      std::memcpy(block_.get() + filled, piece.data(), n);
      piece.remove_prefix(n);
      filled += n;
    }
  }
  const std::uint64_t end = at_ + filled;
  const std::size_t padded = (filled + kWithin) & ~kWithin;
  std::memset(block_.get() + filled, 0, padded - filled);
  if (auto flushed = flush(padded); !flushed) return flushed;
  const std::size_t last = filled & kWithin;
  if (last > 0) {
    at_ -= kBlock;
    std::memmove(block_.get(), block_.get() + (filled - last), last);
  }
  known_until_ = end;
  return {};
}

// From here on block_ begins with what the file has between at_, where a block begins, and
// `position`.
Result<void> DirectAppend::load_first_block(std::uint64_t position) {
  const std::uint64_t first = position & ~kWithin;
  if (known_until_ == position && at_ == first) return {};
  at_ = first;
  for (std::size_t done = 0; first + done < position;) {
    const ssize_t n = ::pread(cached_, block_.get() + done, position - first - done,
                              static_cast<off_t>(first + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_code();
    if (n == 0) {
      // The file ends before: a hole, which reads as zeros.
      std::memset(block_.get() + done, 0, position - first - done);
      break;
    }
    done += static_cast<std::size_t>(n);
  }
  return {};
}

// Writes the first `size` bytes of block_, whole blocks, to at_, and moves at_ behind them.
Result<void> DirectAppend::flush(std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t n =
        ::pwrite(direct_, block_.get() + done, size - done, static_cast<off_t>(at_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_code();
    // A disk that is almost full takes a part, of whole blocks; the next call says why.
    if (n == 0) return ErrorCode(EIO, boost::system::system_category());
    done += static_cast<std::size_t>(n);
  }
  at_ += size;
  return {};
}

}  // namespace relay
