// The relay: builds its parts, joins them, starts and stops them in the order written in relay.cc.
// The only file that sees all of them.
//
// Threading: run() runs the control executor on the calling thread; the disk writer and the readers
// have threads of their own.
#pragma once

#include "common/io/file.h"
#include "common/io/passed_sockets.h"
#include "proxy/config/config.h"
#include "proxy/config/config_reader.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace relay {

class Relay {
 public:
  // `fs`: the disk, or a test's. It outlives the relay.
  Relay(Config config, FileSystem& fs);
  ~Relay();

  // How the configuration was read, to read it again. Before run(); without it nothing is reloaded.
  void read_config_with(ConfigReader reader, ConfigReading first);

  // Sockets to listen on instead of binding; before open().
  void listen_on(PassedSockets sockets);

  // Takes up what is on disk and binds the ports. Empty, or why it cannot, and then exit_code()
  // says how to end.
  std::string open();
  int exit_code() const;

  // Until stop(). Returns the exit code.
  int run();

  // The rest may be called on the control executor, or through post().
  void stop();  // drains, within shutdown-timeout; a second call ends at once
  // A fresh snapshot beside the stream. Empty, or why not now.
  std::string refresh_snapshot(const std::string& why);

  void post(std::function<void()> work);
  std::uint16_t listen_port() const;
  std::uint16_t http_port() const;

  // SIGTERM and SIGINT stop, a second one at once; SIGQUIT at once; SIGHUP reloads. SIGUSR1 logs a
  // line of status, SIGUSR2 turns debug lines on and off.
  void handle_signals();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace relay
