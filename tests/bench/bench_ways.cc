// The ways that the kernel offers to send the same bytes to many sockets, one beside the other.
//
//   bench_ways --way NAME [--replicas N] [--batch BYTES] [--bytes N]     prints one line of JSON
//
//     send       one send() per socket and batch: what a feeder does
//     sendmsg    the same out of four places in memory, as where a batch spans chunks
//     more       in two halves, the first one with MSG_MORE
//     zerocopy   MSG_ZEROCOPY, and the kernel's notes that it is done with the memory
//     uring      one io_uring submission for all sockets
//     uring-zc   the same with its own zero-copy send
//
//  (1) Every socket has a batch before the next one begins: the ways differ in nothing but the calls.
//  (2) A child process drops what arrives, in the kernel. The CPU that is told is the sender's.
//  (3) What went out is counted by the receivers; a byte too few, and there is no figure.
//
// Threading: one thread, and the kernel's workers.
#include "common/io/file_limit.h"
#include "tests/bench/loopback.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <iostream>
#include <liburing.h>
#include <linux/errqueue.h>
#include <map>
#include <memory>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace relay::bench {
namespace {

constexpr std::size_t kChunk = 1 << 20;
constexpr std::size_t kChunks = 32;

// What is still to be sent to one socket of a batch.
struct Rest {
  int socket;
  std::string_view bytes;
};
using Batch = std::vector<Rest>;

void wait_for_room(int socket) {
  pollfd one{socket, POLLOUT, 0};
  ::poll(&one, 1, -1);
}

// Sends with `call` until all of it is gone. The blocked ones get their next turn when the others
// have had theirs.
template <typename Call>
void send_in_turns(Batch& batch, Call call) {
  while (!batch.empty()) {
    bool moved = false;
    for (Rest& rest : batch) {
      const ssize_t n = call(rest);
      if (n < 0 && errno != EAGAIN && errno != ENOBUFS) throw system_fault("send");
      if (n <= 0) continue;
      rest.bytes.remove_prefix(static_cast<std::size_t>(n));
      moved = true;
    }
    std::erase_if(batch, [](const Rest& rest) { return rest.bytes.empty(); });
    if (!moved && !batch.empty()) wait_for_room(batch.front().socket);
  }
}

class Way {
 public:
  virtual ~Way() = default;
  virtual void prepare(int) {}
  virtual void deliver(Batch batch) = 0;
};

class Send : public Way {
 public:
  void deliver(Batch batch) override {
    send_in_turns(batch, [](const Rest& rest) {
      return ::send(rest.socket, rest.bytes.data(), rest.bytes.size(), MSG_DONTWAIT);
    });
  }
};

class SendMessage : public Way {
 public:
  void deliver(Batch batch) override {
    send_in_turns(batch, [](const Rest& rest) {
      std::array<iovec, 4> pieces{};
      msghdr message{};
      message.msg_iov = pieces.data();
      std::string_view left = rest.bytes;
      const std::size_t part = (left.size() + pieces.size() - 1) / pieces.size();
      for (; !left.empty(); left.remove_prefix(std::min(part, left.size()))) {
        pieces[message.msg_iovlen++] = {const_cast<char*>(left.data()),
                                        std::min(part, left.size())};
      }
      return ::sendmsg(rest.socket, &message, MSG_DONTWAIT);
    });
  }
};

class More : public Way {
 public:
  void deliver(Batch batch) override {
    send_in_turns(batch, [](const Rest& rest) -> ssize_t {
      const std::size_t half = rest.bytes.size() / 2;
      const ssize_t first =
          half == 0 ? 0 : ::send(rest.socket, rest.bytes.data(), half, MSG_DONTWAIT | MSG_MORE);
      if (first < static_cast<ssize_t>(half)) return first;
      const ssize_t second =
          ::send(rest.socket, rest.bytes.data() + half, rest.bytes.size() - half, MSG_DONTWAIT);
      return second < 0 ? first : first + second;
    });
  }
};

class ZeroCopy : public Way {
 public:
  void prepare(int socket) override {
    const int on = 1;
    if (::setsockopt(socket, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) != 0) {
      throw system_fault("SO_ZEROCOPY");
    }
  }

  void deliver(Batch batch) override {
    std::vector<int> sockets;
    for (const Rest& rest : batch) sockets.push_back(rest.socket);
    send_in_turns(batch, [](const Rest& rest) {
      const ssize_t n =
          ::send(rest.socket, rest.bytes.data(), rest.bytes.size(), MSG_DONTWAIT | MSG_ZEROCOPY);
      if (n < 0 && errno == ENOBUFS) read_notes(rest.socket);
      return n;
    });
    for (const int socket : sockets) read_notes(socket);
  }

 private:
  static void read_notes(int socket) {
    std::array<char, 128> control{};
    while (true) {
      msghdr message{};
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      if (::recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
    }
  }
};

class Uring : public Way {
 public:
  explicit Uring(bool zero_copy) : zero_copy_(zero_copy) {
    if (const int error = ::io_uring_queue_init(1024, &ring_, 0); error < 0) {
      errno = -error;
      throw system_fault("io_uring");
    }
  }
  ~Uring() override { ::io_uring_queue_exit(&ring_); }
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;

  void deliver(Batch batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) ask(batch, i);
    // A zero-copy send says twice how it went: when it is sent, and when the memory is free again.
    for (std::size_t left = batch.size(); left > 0;) {
      ::io_uring_submit_and_wait(&ring_, 1);
      io_uring_cqe* done = nullptr;
      while (::io_uring_peek_cqe(&ring_, &done) == 0) {
        const auto index = static_cast<std::size_t>(::io_uring_cqe_get_data64(done));
        const bool is_note = (done->flags & IORING_CQE_F_NOTIF) != 0;
        const bool has_note = (done->flags & IORING_CQE_F_MORE) != 0;
        const int result = done->res;
        ::io_uring_cqe_seen(&ring_, done);
        if (is_note) {
          if (batch[index].bytes.empty()) --left;
          continue;
        }
        if (result < 0) {
          errno = -result;
          throw system_fault("io_uring send");
        }
        batch[index].bytes.remove_prefix(static_cast<std::size_t>(result));
        if (!batch[index].bytes.empty()) {
          ask(batch, index);
        } else if (!has_note) {
          --left;
        }
      }
    }
  }

 private:
  void ask(const Batch& batch, std::size_t index) {
    io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
    if (entry == nullptr) {
      ::io_uring_submit(&ring_);
      entry = ::io_uring_get_sqe(&ring_);
    }
    const Rest& rest = batch[index];
    if (zero_copy_) {
      ::io_uring_prep_send_zc(entry, rest.socket, rest.bytes.data(), rest.bytes.size(), MSG_WAITALL,
                              0);
    } else {
      ::io_uring_prep_send(entry, rest.socket, rest.bytes.data(), rest.bytes.size(), MSG_WAITALL);
    }
    ::io_uring_sqe_set_data64(entry, index);
  }

  const bool zero_copy_;
  io_uring ring_{};
};

std::unique_ptr<Way> way_of(const std::string& name) {
  if (name == "send") return std::make_unique<Send>();
  if (name == "sendmsg") return std::make_unique<SendMessage>();
  if (name == "more") return std::make_unique<More>();
  if (name == "zerocopy") return std::make_unique<ZeroCopy>();
  if (name == "uring") return std::make_unique<Uring>(false);
  if (name == "uring-zc") return std::make_unique<Uring>(true);
  throw std::runtime_error("no such way: " + name);
}

// The child: drops what comes to `count` connections until they are closed, and says how much it was.
[[noreturn]] void receive(std::uint16_t port, unsigned count, int say) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const Socket epoll(::epoll_create1(EPOLL_CLOEXEC));
  std::map<int, Socket> sockets;
  for (unsigned i = 0; i < count; ++i) {
    Socket socket = connect_to(port);
    do_not_block(socket);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket.fd();
    ::epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, socket.fd(), &event);
    const int fd = socket.fd();
    sockets.emplace(fd, std::move(socket));
  }
  std::uint64_t received = 0;
  while (!sockets.empty()) {
    std::array<epoll_event, 256> events{};
    const int n = ::epoll_wait(epoll.fd(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const auto found = sockets.find(events[static_cast<std::size_t>(i)].data.fd);
      bool is_closed = false;
      received += discard(found->second, kChunk, is_closed);
      if (is_closed) sockets.erase(found);
    }
  }
  const bool said = ::write(say, &received, sizeof received) == sizeof received;
  ::_exit(said ? 0 : 1);
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void measure(Way& way, unsigned replicas, std::size_t batch, std::uint64_t bytes) {
  const Socket listener = listen_on(0);
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) throw system_fault("pipe");
  const pid_t child = ::fork();
  if (child < 0) throw system_fault("fork");
  if (child == 0) receive(port_of(listener), replicas, pipe[1]);
  std::vector<Socket> sockets;
  for (unsigned i = 0; i < replicas; ++i) {
    pollfd next{listener.fd(), POLLIN, 0};
    ::poll(&next, 1, -1);
    sockets.emplace_back(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!sockets.back().is_open()) throw system_fault("accept");
    send_at_once(sockets.back());
    way.prepare(sockets.back().fd());
  }
  const std::vector<char> log(kChunks * kChunk, 'x');
  const std::uint64_t batches = std::max<std::uint64_t>(1, bytes / replicas / batch);
  const std::uint64_t began = now_nanoseconds();
  const double cpu = cpu_seconds();
  for (std::uint64_t i = 0; i < batches; ++i) {
    const std::size_t at = i * batch % (log.size() - batch + 1);
    Batch to_all;
    for (const Socket& socket : sockets) to_all.push_back({socket.fd(), {log.data() + at, batch}});
    way.deliver(std::move(to_all));
  }
  const double spent = cpu_seconds() - cpu;
  sockets.clear();
  std::uint64_t received = 0;
  if (::read(pipe[0], &received, sizeof received) != sizeof received)
    throw system_fault("the receivers");
  const double seconds = static_cast<double>(now_nanoseconds() - began) / 1e9;
  ::waitpid(child, nullptr, 0);
  if (received != batches * batch * replicas) throw std::runtime_error("bytes are missing");
  const double gigabytes = static_cast<double>(received) / 1e9;
  std::cout << R"({"cpu_per_gb": )" << spent / gigabytes << R"(, "gb_per_s": )"
            << gigabytes / seconds << "}\n";
}

}  // namespace
}  // namespace relay::bench

int main(int argc, char** argv) {
  using namespace relay::bench;
  try {
    relay::raise_file_limit(20'000);
    const auto way = way_of(option(argc, argv, "--way").value_or("send"));
    measure(*way, static_cast<unsigned>(number_option(argc, argv, "--replicas", 64)),
            number_option(argc, argv, "--batch", 65536),
            number_option(argc, argv, "--bytes", 1'000'000'000));
  } catch (const std::exception& fault) {
    std::cerr << "bench_ways: " << fault.what() << "\n";
    return 1;
  }
  return 0;
}
