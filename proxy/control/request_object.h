// The JSON object in the body of a change, read strictly: whoever misspells a member is told, and
// nothing is done.
//
//  (1) The first fault found stays: it is what the caller is told.
//  (2) A member that is asked for is needed; has() asks for one that may be left out.
//
// Threading: a value.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace relay {

class RequestObject {
 public:
  enum class MayBeEmpty : std::uint8_t { kNo, kYes };

  RequestObject(std::string_view body, std::initializer_list<std::string_view> members,
                MayBeEmpty may_be_empty = MayBeEmpty::kNo);

  bool has(std::string_view member) const;
  std::string text(std::string_view member);
  std::uint64_t number(std::string_view member, std::uint64_t least, std::uint64_t most);
  bool truth(std::string_view member);

  void fail(std::string why);
  const std::string& fault() const { return fault_; }  // empty: none so far

 private:
  const boost::json::value* find(std::string_view member);

  boost::json::object members_;
  std::string fault_;
};

}  // namespace relay
