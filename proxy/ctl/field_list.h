// "name   value" lines, the values below each other.
//
// Threading: pure.
#pragma once

#include "proxy/ctl/text_table.h"

#include <string>
#include <string_view>
#include <vector>

namespace relay {

class FieldList {
 public:
  explicit FieldList(const Style& style) : style_(style) {}

  // An empty name goes on below the one before.
  void add(std::string_view name, std::string value);
  std::vector<std::string> lines() const;
  std::string text() const;

 private:
  struct Field {
    std::string name;
    std::string value;
  };
  Style style_;
  std::vector<Field> fields_;
};

}  // namespace relay
