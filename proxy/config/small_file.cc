#include "proxy/config/small_file.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace relay {

Result<std::string> read_small_file(const std::string& path, std::size_t limit) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno_code();

  std::string contents;
  ErrorCode error;
  while (true) {
    std::array<char, 16 * 1024> piece;
    const ssize_t n = ::read(fd, piece.data(), piece.size());
    if (n == 0) break;
    if (n < 0) {
      if (errno == EINTR) continue;
      error = errno_code();
      break;
    }
    contents.append(piece.data(), static_cast<std::size_t>(n));
    if (contents.size() > limit) {
      error = {EFBIG, boost::system::system_category()};
      break;
    }
  }
  ::close(fd);
  if (error) return error;
  return contents;
}

}  // namespace relay
