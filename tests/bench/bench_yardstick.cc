// The least work possible: what any relay must at least do, and nothing else. One thread, one log in
// memory, one recv() per batch from the master and one send() per replica and batch.
//
//   bench_yardstick --master PORT [--port P]      prints the port that it serves replicas at
//
//  (1) It stores nothing, checks nothing, looks at no command, and knows no history: a replica gets
//      an empty snapshot at the end of the log, and what comes from then on.
//  (2) It drops nothing. Where the slowest replica still needs the oldest chunk, the master is read
//      no further.
//
// Threading: one thread.
#include "common/io/file_limit.h"
#include "tests/bench/replica_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <exception>
#include <iostream>
#include <sstream>
#include <sys/socket.h>
#include <vector>

namespace relay::bench {
namespace {

constexpr std::size_t kChunk = 1 << 20;
constexpr std::size_t kMostChunks = 64;
constexpr std::uint64_t kAckInterval = 100'000'000;
// A snapshot of nothing: header, end, and no checksum.
constexpr std::string_view kEmptySnapshot{"REDIS0009\xff\0\0\0\0\0\0\0\0", 18};

struct Chunk {
  std::uint64_t base;
  std::vector<char> bytes;
  std::size_t filled = 0;
};

class Yardstick : public ReplicaServer {
 public:
  Yardstick(std::uint16_t master_port, std::uint16_t port)
      : ReplicaServer(port), master_(connect_to(master_port)) {
    greet();
    do_not_block(master_);
    watch(master_);
    log_.push_back({end_, std::vector<char>(kChunk)});
  }

  void run() {
    while (true) {
      turn(100);
      if (is_held_) read_master();
      acknowledge();
    }
  }

 protected:
  std::string begin(Replica& replica) override {
    replica.offset = end_;
    return "+FULLRESYNC " + id_ + " " + std::to_string(end_) + "\r\n$" +
           std::to_string(kEmptySnapshot.size()) + "\r\n" + std::string(kEmptySnapshot);
  }

  bool feed(Replica& replica) override {
    while (replica.offset < end_) {
      const Chunk& chunk = log_[(replica.offset - log_.front().base) / kChunk];
      const std::size_t skip = replica.offset - chunk.base;
      std::size_t sent = 0;
      const bool all =
          send_some(replica.socket, {chunk.bytes.data() + skip, chunk.filled - skip}, sent);
      replica.offset += sent;
      if (!all) return false;
    }
    return true;
  }

  void other_is_readable() override { read_master(); }

 private:
  void greet() {
    const auto ask = [&](const std::string& question) {
      send_all(master_, question);
      std::string answer;
      while (answer.empty()) answer = receive_line(master_);
      return answer;
    };
    ask(command("PING"));
    ask(command("REPLCONF", "listening-port", std::to_string(port())));
    ask(command("REPLCONF", "capa", "eof", "capa", "psync2"));
    const std::string answer = ask(command("PSYNC", "?", "-1"));
    std::istringstream words(answer);
    std::string word;
    if (!(words >> word >> id_ >> end_) || word != "+FULLRESYNC") {
      throw std::runtime_error("the master answered PSYNC with " + answer);
    }
    drop_snapshot();
    acknowledge();
  }

  void drop_snapshot() {
    std::string size;
    while (size.empty()) size = receive_line(master_);
    bool is_closed = false;
    if (!size.starts_with("$EOF:")) {
      for (std::uint64_t left = std::stoull(size.substr(1)); left > 0;) {
        left -= discard(master_, left, is_closed);
        if (is_closed) throw std::runtime_error("the master has closed the link");
      }
      return;
    }
    const std::string mark = size.substr(5);
    std::string tail;
    std::array<char, 65536> bytes{};
    while (!tail.ends_with(mark)) {
      const ssize_t n = ::recv(master_.fd(), bytes.data(), bytes.size(), 0);
      if (n <= 0) throw std::runtime_error("the master has closed the link");
      tail.append(bytes.data(), static_cast<std::size_t>(n));
      if (tail.size() > mark.size()) tail.erase(0, tail.size() - mark.size());
    }
  }

  void read_master() {
    is_held_ = false;
    if (log_.back().filled == kChunk && !begin_chunk()) {
      is_held_ = true;
      return;
    }
    Chunk& chunk = log_.back();
    const ssize_t n =
        ::recv(master_.fd(), chunk.bytes.data() + chunk.filled, kChunk - chunk.filled, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) throw std::runtime_error("the master has closed the link");
    chunk.filled += static_cast<std::size_t>(n);
    end_ += static_cast<std::uint64_t>(n);
    feed_all();
  }

  // False where every chunk is still needed.
  bool begin_chunk() {
    Chunk fresh{end_, {}};
    if (log_.size() == kMostChunks) {
      for (const auto& [fd, replica] : replicas()) {
        if (replica->is_fed && replica->offset < log_[1].base) return false;
      }
      fresh.bytes = std::move(log_.front().bytes);
      log_.pop_front();
    } else {
      fresh.bytes.resize(kChunk);
    }
    log_.push_back(std::move(fresh));
    return true;
  }

  void acknowledge() {
    const std::uint64_t now = now_nanoseconds();
    if (now < next_ack_) return;
    next_ack_ = now + kAckInterval;
    send_all(master_, command("REPLCONF", "ACK", std::to_string(end_)));
  }

  Socket master_;
  std::string id_;
  std::uint64_t end_ = 0;
  std::deque<Chunk> log_;  // end to end, all but the last full
  bool is_held_ = false;   // there is no chunk to read into
  std::uint64_t next_ack_ = 0;
};

}  // namespace
}  // namespace relay::bench

int main(int argc, char** argv) {
  using relay::bench::number_option;
  try {
    relay::raise_file_limit(20'000);
    relay::bench::Yardstick yardstick(
        static_cast<std::uint16_t>(number_option(argc, argv, "--master", 6379)),
        static_cast<std::uint16_t>(number_option(argc, argv, "--port", 0)));
    std::cout << yardstick.port() << std::endl;
    yardstick.run();
  } catch (const std::exception& fault) {
    std::cerr << "bench_yardstick: " << fault.what() << "\n";
    return 1;
  }
  return 0;
}
