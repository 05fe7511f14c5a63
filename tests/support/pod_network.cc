#include "tests/support/pod_network.h"

#include "tests/support/child_process.h"
#include "tests/support/text_file.h"

#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace relay::test {

namespace {

constexpr const char* kNodeAddress = "10.77.0.1";

void require(bool holds, const char* what) {
  if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

int own_network() {
  const int fd = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  require(fd >= 0, "opening the network namespace");
  return fd;
}

void enter(int network) { require(::setns(network, CLONE_NEWNET) == 0, "setns"); }

// The thread is in the new namespace afterwards.
int make_network() {
  require(::unshare(CLONE_NEWNET) == 0, "unshare");
  return own_network();
}

void run_or_throw(const Program& program) {
  if (run(program) == ExitStatus{0, 0}) return;
  throw std::runtime_error(program.argv[0] + ": " + read_text(program.output));
}

}  // namespace

bool PodNetwork::may_be_made() { return ::geteuid() == 0; }

PodNetwork::PodNetwork() : machine_(own_network()), node_(make_network()) {
  configure("link set lo up\naddress add " + std::string(kNodeAddress) + "/32 dev lo\n");
  write_text("/proc/sys/net/ipv4/ip_forward", "1");
}

PodNetwork::~PodNetwork() {
  ::setns(machine_, CLONE_NEWNET);
  ::close(machine_);
  ::close(node_);
}

void PodNetwork::configure(const std::string& lines, int network) const {
  write_text(dir_ / "batch", lines);
  run_or_throw({.argv = {"ip", "-batch", (dir_ / "batch").string()},
                .output = dir_ / "output",
                .network = network});
}

Pod::Pod(PodNetwork& network) : node_(network) {
  const auto number = std::to_string(network.next_number());
  interface_ = "pod" + number;
  address_ = "10.77.0." + number;
  network_ = make_network();
  enter(node_.descriptor());
  const auto there = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(network_);
  const std::string node = kNodeAddress;
  node_.configure("link add " + interface_ + " type veth peer name eth0 netns " + there +
                  "\nlink set " + interface_ + " up\nroute add " + address_ + " dev " + interface_ +
                  " src " + node + "\n");
  node_.configure("link set lo up\naddress add " + address_ +
                      "/32 dev eth0\nlink set eth0 up\nroute add " + node +
                      " dev eth0\nroute add default via " + node + "\n",
                  network_);
}

Pod::~Pod() { ::close(network_); }

void Pod::cut() { node_.configure("link set " + interface_ + " down\n"); }

void Service::set_endpoints(const std::vector<Endpoint>& endpoints) {
  std::string chains;
  std::string turns;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto name = "endpoint" + std::to_string(i);
    chains += "chain " + name + " { meta l4proto tcp dnat to " + endpoints[i].address + ":" +
              std::to_string(endpoints[i].port) + "; }\n";
    turns += (i == 0 ? "" : ", ") + std::to_string(i) + " : goto " + name;
  }
  // Made anew as a whole, in one transaction. `table` before `delete` is for the first time.
  const auto table = "table ip service" + number_;
  const auto rules = table + "\ndelete " + table + "\n" + table + " {\n" + chains +
                     "chain prerouting { type nat hook prerouting priority dstnat;\n ip daddr " +
                     address() + " tcp dport " + std::to_string(port()) + " numgen inc mod " +
                     std::to_string(endpoints.size()) + " vmap { " + turns + " }; }\n}\n";
  write_text(network_.dir_ / "rules", rules);
  run_or_throw({.argv = {"nft", "-f", (network_.dir_ / "rules").string()},
                .output = network_.dir_ / "output"});
}

}  // namespace relay::test
