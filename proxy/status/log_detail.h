// What the replication log consists of: its files and the ids under which it was sent. Apart from
// the Status, which is taken far more often.
//
// Plain values.
#pragma once

#include "common/base/offset.h"
#include "common/base/replid.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relay {

struct LogDetail {
  struct File {
    std::string name;
    Offset begin, end;
    std::uint64_t bytes = 0;
  };
  struct Id {
    ReplId id;
    std::optional<Offset> until;  // none: the current one
  };
  std::vector<File> files;    // the oldest first
  std::vector<Id> histories;  // the current one first
};

}  // namespace relay
