#include "proxy/ctl/field_list.h"

#include <algorithm>

namespace relay {

void FieldList::add(std::string_view name, std::string value) {
  fields_.push_back({std::string(name), std::move(value)});
}

std::vector<std::string> FieldList::lines() const {
  std::size_t width = 0;
  for (const Field& field : fields_) width = std::max(width, field.name.size());
  std::vector<std::string> lines;
  for (const Field& field : fields_) {
    lines.push_back(painted(field.name, Paint::kBold, style_) +
                    std::string(width + 2 - field.name.size(), ' ') + field.value);
  }
  return lines;
}

std::string FieldList::text() const {
  std::string text;
  for (const std::string& line : lines()) text += line + "\n";
  return text;
}

}  // namespace relay
