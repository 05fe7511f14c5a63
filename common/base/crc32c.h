// The checksum of what the relay itself writes to disk: CRC32C (Castagnoli), as iSCSI and most
// storage formats use it.
//
//  (1) Streaming: crc32c(crc32c(0, a), b) == crc32c(0, a + b). The value to begin with is 0.
//  (2) crc32c(0, "123456789") == 0xe3069283.
//
// The CPU's own instruction is used where it is there. Inner ring. Threading: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace relay {

std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes);

// The same with plain arithmetic only: what crc32c() is on a CPU without the instruction.
std::uint32_t crc32c_portable(std::uint32_t crc, std::string_view bytes);

}  // namespace relay
