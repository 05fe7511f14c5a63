// The name of a replication history: 40 hexadecimal digits, chosen by a master when it begins one.
//
//  (1) Case does not count (servers compare ids without it); kept in lower case as masters write
//      them.
//  (2) A text of another length is not an id and equals none: parse() says so.
//  (3) The all-zero id is what servers print for "none". It names no history.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

class ReplId {
 public:
  static constexpr std::size_t kLength = 40;

  ReplId();  // none: all zeros
  static std::optional<ReplId> parse(std::string_view text);
  static ReplId random();  // for streams whose master has no ids (SYNC), and for run ids

  bool is_none() const;
  std::string_view view() const { return {digits_.data(), digits_.size()}; }
  std::string str() const { return std::string(view()); }
  std::string brief() const { return std::string(view().substr(0, 12)); }  // for logs

  bool operator==(const ReplId&) const = default;

 private:
  std::array<char, kLength> digits_;
};

}  // namespace relay
