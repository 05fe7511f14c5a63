// The Redis port: accepts connections, keeps them, and is the host their commands talk to.
//
//  (1) A connection over the limit, or one for which there are no file descriptors left, costs
//      nobody else anything: it is told and closed, or waits in the backlog.
//  (2) Every connection is a child; run() returns when the last one has.
//
// Threading: the control executor.
#pragma once

#include "common/io/task_group.h"
#include "proxy/downstream/connection.h"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace relay {

// What the commands need from beyond this folder.
struct ListenerSurroundings {
  std::function<const Config&()> config;
  std::function<Status()> status;
  std::function<std::string(const std::string& host, std::uint16_t port)> follow;
  std::function<std::vector<std::string>()> relay_chain;
};

class ReplicaListener final : public CommandHost {
 public:
  ReplicaListener(asio::any_io_executor home, ListenerSurroundings around, Serving& serving);

  // Binds. Throws boost::system::system_error.
  void open_plain();
  void open_tls();
  // The same with a TCP socket that listens already, which is ours from then on.
  void open_plain(int listening);
  void open_tls(int listening);
  // Where replicas connect; 0: not in this way.
  std::uint16_t plain_port() const { return plain_.port; }
  std::uint16_t tls_port() const { return tls_.port; }
  std::uint16_t port() const { return plain_.port != 0 ? plain_.port : tls_.port; }
  asio::ip::tcp::endpoint endpoint() const {
    return (plain_.port != 0 ? plain_ : tls_).acceptor.local_endpoint();
  }

  asio::awaitable<void> run();
  void stop_accepting();
  void stop();   // ends every connection
  void drain();  // ends those that have all they need; the others as soon as they have it
  // While others may come again: sends away those that can go on elsewhere where they were. Who is
  // being sent a snapshot has it first, unless `all` are to go. True: nobody is left.
  bool send_away(bool all);
  bool disconnect(std::uint64_t id);  // a replica; false: there is none with this id
  void tick();
  void take_turn(std::uint64_t id);  // to begin a full sync
  void history_changed(const Generation& which, bool ended);

  std::size_t size() const { return connections_.size(); }
  std::size_t replica_count() const;
  std::vector<Offset> online_acks() const;
  DownstreamStatus downstream_status() const;

  const Config& config() const override { return around_.config(); }
  Status status() const override { return around_.status(); }
  std::vector<const Client*> clients() const override;
  unsigned kill(const std::function<bool(const Client&)>& which, std::uint64_t self) override;
  unsigned publish(std::string_view channel, std::string_view message) override;
  std::string follow(const std::string& host, std::uint16_t port) override {
    return around_.follow(host, port);
  }
  std::vector<std::string> relay_chain() const override { return around_.relay_chain(); }

 private:
  using Connections = std::map<std::uint64_t, std::shared_ptr<Connection>>;

  asio::awaitable<void> attend(std::shared_ptr<Connection> connection);
  struct Door {
    explicit Door(const asio::any_io_executor& home) : acceptor(home) {}
    asio::ip::tcp::acceptor acceptor;
    std::uint16_t port = 0;
  };

  void open(Door& door, std::uint16_t port);
  void open(Door& door, int listening);
  asio::awaitable<void> accept_tls();
  asio::awaitable<void> accept_one(Door& door);
  asio::awaitable<void> turn_away(asio::ip::tcp::socket socket);
  void configure(asio::ip::tcp::socket& socket) const;
  std::vector<std::shared_ptr<Connection>> all() const;

  // Fixed after construction.
  const ListenerSurroundings around_;
  Serving& serving_;

  // The control executor's.
  Door plain_;
  Door tls_;
  TlsContextCache contexts_;
  Connections connections_;
  std::uint64_t next_id_ = 1;
  std::uint64_t accepted_ = 0;
  std::uint64_t rejected_ = 0;
  std::uint64_t commands_of_the_gone_ = 0;
  bool out_of_descriptors_ = false;
  TaskGroup children_;
};

}  // namespace relay
