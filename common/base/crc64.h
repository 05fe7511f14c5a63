// The checksum in the trailer of an RDB: CRC64 "Jones", reflected, init 0, no final xor.
//
//  (1) Streaming: crc64(crc64(0, a), b) == crc64(0, a + b). The value to begin with is 0.
//  (2) crc64(0, "123456789") == 0xe9c6d914c4b8d9ca, and crc64(x, "") == x.
//
// Every snapshot passes through here on its way in, so the CPU's carry-less multiplication is used
// where it is there. Inner ring. Threading: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace relay {

std::uint64_t crc64(std::uint64_t crc, std::string_view bytes);

// The same with plain arithmetic only: what crc64() is on a CPU without the instruction.
std::uint64_t crc64_portable(std::uint64_t crc, std::string_view bytes);

}  // namespace relay
