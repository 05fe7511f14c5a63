// Checks a snapshot while its bytes pass, so that no bad one is ever completed at a replica: a
// replica that loads a file whose checksum is wrong does not retry, it exits.
//
//  (1) Verified means: a known magic, the opcode of the end in its place, and a CRC64 over
//      everything that equals the trailer. What lies between is opaque; no type of value is parsed,
//      so new ones need no new relay.
//  (2) A master with checksums off writes zeros as the trailer. Then only the framing was checked,
//      and the verdict says so.
//  (3) The replication id and offset in the AUX fields at the front are read, when they are there:
//      a restarted replica goes on from those. Anything odd in the AUX fields ends their reading,
//      not the verification.
//  (4) Memory is bounded: the last 8 bytes and one pair of AUX fields, whatever passes and however
//      it is split.
//
// Inner ring. Threading: owned by one transfer.
#pragma once

#include "common/base/offset.h"
#include "common/base/replid.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

class RdbVerifier {
 public:
  struct Verdict {
    bool ok = false;
    std::string text;                // why not
    bool checksum_disabled = false;  // ok, but only the framing could be checked
    int version = 0;                 // of the format: 9 for REDIS0009, 80 for VALKEY080
    std::uint64_t size = 0;
    std::uint64_t checksum = 0;  // CRC-64 of all but the trailer, whatever that says
    std::optional<ReplId> repl_id;
    std::optional<Offset> repl_offset;
  };

  void observe(std::string_view bytes);
  // About all the bytes observed: they are the whole of it.
  Verdict finish() const;

  // Known before the end. Whoever serves a snapshot as it arrives needs these early.
  bool aux_is_read() const { return front_ == Front::kPast; }
  const std::optional<ReplId>& repl_id() const { return repl_id_; }
  const std::optional<Offset>& repl_offset() const { return repl_offset_; }
  // When the master began to write it, in seconds since 1970.
  const std::optional<std::uint32_t>& taken() const { return taken_; }
  // Not empty: no byte that follows can make it good, receiving more is useless.
  std::string_view error() const { return error_; }

 private:
  static constexpr std::size_t kTrailer = 8;

  // What of the front is awaited.
  enum class Front { kMagic, kAux, kPast };

  void observe_front(std::string_view bytes);
  void take_magic(std::string_view magic);
  std::size_t take_aux(std::string_view bytes);
  void take_field(const std::string& name, const std::string& value);
  void digest(std::string_view bytes);

  Front front_ = Front::kMagic;
  std::string pending_;  // of the front: what is not a whole magic or AUX field yet
  int version_ = 0;
  std::optional<ReplId> repl_id_;
  std::optional<Offset> repl_offset_;
  std::optional<std::uint32_t> taken_;

  std::uint64_t size_ = 0;
  std::uint64_t crc_ = 0;
  char last_digested_ = 0;
  std::size_t tail_size_ = 0;
  std::array<char, kTrailer> tail_{};  // not digested: perhaps the trailer
  std::string error_;
};

}  // namespace relay
