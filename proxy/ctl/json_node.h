// A place in an answer of the API, for reading without asking at each step whether it is there.
//
//  (1) What is absent, null or of another type reads as absent: a newer relay, or an older one, is
//      shown as far as it is understood.
//  (2) Text comes without control characters. Replicas choose their names, and a name must not
//      steer the operator's terminal.
//
// It refers to the value that it was made of, which must outlive it.
//
// Threading: pure.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay {

// Every control character (C0, DEL, C1) as "?".
std::string without_controls(std::string_view text);

class JsonNode {
 public:
  JsonNode() = default;
  explicit JsonNode(const boost::json::value& value) : value_(&value) {}

  JsonNode operator[](std::string_view member) const;
  const boost::json::value* value() const { return value_; }  // null: absent
  explicit operator bool() const { return value_ != nullptr && !value_->is_null(); }

  bool is_true() const;
  std::optional<double> number() const;
  std::optional<std::uint64_t> count() const;  // a whole number that is not negative
  std::string text() const;                    // a string; "" for anything else
  std::string scalar() const;                  // a string, number or truth value as text
  std::vector<JsonNode> items() const;         // of an array
  std::vector<std::pair<std::string, JsonNode>> members() const;  // of an object

 private:
  const boost::json::value* value_ = nullptr;
};

}  // namespace relay
