// Who we are to a master, and from where we want its stream: all that the handshake says. Plain
// values, made once per attempt.
#pragma once

#include "common/base/offset.h"
#include "common/base/replid.h"
#include "proxy/config/config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

struct Introduction {
  // The master's names for its commands: they can be renamed there.
  struct Words {
    std::string ping = "PING";
    std::string auth = "AUTH";
    std::string replconf = "REPLCONF";
    std::string psync = "PSYNC";
    std::string sync = "SYNC";
  };

  ReplId run_id;         // ours: a relay that already follows us names it
  std::string username;  // with neither a user nor a password no AUTH is sent
  std::string password;
  std::uint16_t listening_port = 0;
  std::string ip_address;  // "": not sent
  std::string version;     // "": not sent
  bool rdb_only = false;   // this connection wants a snapshot and no stream
  Words words;
};

// `listening_port` is where replicas reach us; the configuration may announce another. The password
// is the one in force, read from its file if it has one.
inline Introduction introduction_of(const Config::Upstream& upstream, const ReplId& run_id,
                                    std::uint16_t listening_port) {
  Introduction me;
  me.run_id = run_id;
  me.username = upstream.username;
  me.password = upstream.password;
  me.listening_port = upstream.announce_port != 0 ? upstream.announce_port : listening_port;
  me.ip_address = upstream.announce_ip;
  me.version = upstream.version;
  me.words = {upstream.command_ping, upstream.command_auth, upstream.command_replconf,
              upstream.command_psync, upstream.command_sync};
  return me;
}

// Relays name each other by the beginning of their run ids.
constexpr std::size_t kRelayIdLength = 16;
inline std::string relay_id(const ReplId& run_id) {
  return std::string(run_id.view().substr(0, kRelayIdLength));
}

// The place we ask to continue from. Nowhere: "PSYNC ? -1".
class ResumePoint {
 public:
  ResumePoint() = default;
  ResumePoint(const ReplId& id, Offset from) : place_(Place{id, from}) {}

  bool is_nothing() const { return !place_; }
  std::string id_word() const { return place_ ? place_->id.str() : "?"; }
  std::string offset_word() const {
    return place_ ? std::to_string(place_->from.to_psync()) : "-1";
  }

 private:
  struct Place {
    ReplId id;
    Offset from;  // the boundary: what is asked for is the byte after it
  };
  std::optional<Place> place_;
};

}  // namespace relay
