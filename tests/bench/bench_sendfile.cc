// The yardstick of full syncs: a file by sendfile to all who ask, as the snapshot of a history that
// has no stream.
//
//   bench_sendfile --file F [--port P]      prints the port that it serves replicas at
//
// Threading: one thread.
#include "common/io/file_limit.h"
#include "tests/bench/replica_server.h"

#include <algorithm>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <sys/sendfile.h>
#include <sys/stat.h>

namespace relay::bench {
namespace {

constexpr std::uint64_t kMostAtOnce = 1 << 20;  // then the next replica has its turn

class FileServer : public ReplicaServer {
 public:
  FileServer(const std::string& path, std::uint16_t port)
      : ReplicaServer(port), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat about {};
    if (!file_.is_open() || ::fstat(file_.fd(), &about) != 0) throw system_fault(path);
    size_ = static_cast<std::uint64_t>(about.st_size);
  }

 protected:
  std::string begin(Replica& replica) override {
    replica.offset = 0;
    return "+FULLRESYNC " + std::string(40, '0') + " 0\r\n$" + std::to_string(size_) + "\r\n";
  }

  bool feed(Replica& replica) override {
    if (replica.offset == size_) return true;
    auto at = static_cast<off_t>(replica.offset);
    const ssize_t n = ::sendfile(replica.socket.fd(), file_.fd(), &at,
                                 std::min(size_ - replica.offset, kMostAtOnce));
    if (n > 0) replica.offset += static_cast<std::uint64_t>(n);
    return replica.offset == size_;  // else epoll says, at once or later, that there is room
  }

 private:
  Socket file_;
  std::uint64_t size_ = 0;
};

void run(int argc, char** argv) {
  const auto path = option(argc, argv, "--file");
  if (!path) throw std::runtime_error("which file? --file F");
  FileServer server(*path, static_cast<std::uint16_t>(number_option(argc, argv, "--port", 0)));
  std::cout << server.port() << std::endl;
  while (true) server.turn(1000);
}

}  // namespace
}  // namespace relay::bench

int main(int argc, char** argv) {
  try {
    relay::raise_file_limit(20'000);
    relay::bench::run(argc, argv);
  } catch (const std::exception& fault) {
    std::cerr << "bench_sendfile: " << fault.what() << "\n";
    return 1;
  }
  return 0;
}
