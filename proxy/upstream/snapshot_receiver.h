// Receives one snapshot from a connection to the master into the arrival that was begun for it.
//
//  (1) It returns when the whole body is stored, with what came behind it: those bytes belong to
//      the stream.
//  (2) While the disk writes, nothing is read: the master's own buffers hold the rest. Memory is
//      one read buffer.
//  (3) Whatever fails is thrown (LinkError, SpoolError, system_error); the arrival is the caller's
//      to complete or abandon.
//
// Threading: the control executor.
#pragma once

#include "common/io/stream.h"
#include "proxy/history/generations.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace relay {

// `buffered`: what was read behind the last line of the conversation. `on_bytes`: called for each
// read with its size. The arguments outlive the await.
asio::awaitable<std::string> receive_snapshot(Stream& stream, std::string buffered,
                                              Arrival& arrival,
                                              const std::function<void(std::size_t)>& on_bytes);

}  // namespace relay
