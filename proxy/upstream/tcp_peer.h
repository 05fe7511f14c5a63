// The master at the other end of a TCP connection, for as long as the conversation is made of
// lines.
//
//  (1) Each call is under a deadline. A line that is complete in the buffer is returned without
//      waiting.
//  (2) Memory is bounded: one read buffer; a line longer than a kilobyte ends the conversation.
//  (3) What was read past the last line is not lost: take_buffered() hands it to whoever reads the
//      socket next.
//
// Threading: the stream's executor. The stream must outlive it, and nobody else reads from it
// meanwhile.
#pragma once

#include "common/io/stream.h"
#include "proxy/upstream/handshake.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

class TcpPeer final : public Peer {
 public:
  // The limits: to send, and for a line of Patience::kReply; for one of Patience::kSilence.
  TcpPeer(Stream& stream, std::chrono::milliseconds reply, std::chrono::milliseconds silence);

  boost::asio::awaitable<void> send(std::string bytes) override;
  // Throws HandshakeError (kProtocol) for a line that is too long.
  boost::asio::awaitable<std::string> read_line(Patience patience) override;

  std::string take_buffered();

 private:
  std::string_view buffered() const { return {buffer_.data() + begin_, end_ - begin_}; }
  std::optional<std::string> take_line();
  boost::asio::awaitable<void> write_all(std::string bytes);
  boost::asio::awaitable<void> read_until_line();

  Stream& stream_;
  const std::chrono::milliseconds reply_;
  const std::chrono::milliseconds silence_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what was read and not taken
  std::size_t end_ = 0;
};

}  // namespace relay
