#include "tests/support/sentinel_server.h"

#include "tests/support/text_file.h"
#include "tests/support/wait_until.h"

namespace relay::test {

SentinelServer::SentinelServer(std::uint16_t master, const std::string& password)
    : password_(password) {
  write_text(dir_ / "sentinel.conf",
             "bind 127.0.0.1\nport " + std::to_string(port()) + "\ndir " + dir_.path().string() +
                 "\nsentinel monitor fleet 127.0.0.1 " + std::to_string(master) +
                 " 1\nsentinel down-after-milliseconds fleet 60000\n"
                 "sentinel failover-timeout fleet 5000\n" +
                 (password.empty() ? "" : "requirepass " + password + "\n"));
  start();
}

void SentinelServer::start() {
  process_ = std::make_unique<ChildProcess>(
      Program{.argv = {"redis-server", (dir_ / "sentinel.conf").string(), "--sentinel"},
              .output = dir_ / "output"});
  wait_until(
      [this] {
        try {
          return client().command({"PING"}).text == "PONG";
        } catch (const std::exception&) {
          return false;
        }
      },
      kPatience, "Sentinel");
}

void SentinelServer::judge_quickly() const {
  client().require({"SENTINEL", "SET", "fleet", "down-after-milliseconds", "1000"});
}

std::string SentinelServer::master_port() const {
  return client().require({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "fleet"}).elements.at(1).text;
}

std::vector<std::string> SentinelServer::replica_ports() const {
  std::vector<std::string> ports;
  for (const auto& replica : client().require({"SENTINEL", "REPLICAS", "fleet"}).elements) {
    for (std::size_t i = 0; i + 1 < replica.elements.size(); i += 2) {
      if (replica.elements[i].text == "port") ports.push_back(replica.elements[i + 1].text);
    }
  }
  return ports;
}

}  // namespace relay::test
