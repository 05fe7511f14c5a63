#include "proxy/ctl/json_node.h"

#include <boost/json/serialize.hpp>

namespace relay {

std::string without_controls(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xc2 && i + 1 < text.size() &&
                       static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
                       static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (is_c1) ++i;
    result += is_c1 || byte < 0x20 || byte == 0x7f ? '?' : text[i];
  }
  return result;
}

JsonNode JsonNode::operator[](std::string_view member) const {
  if (value_ == nullptr || !value_->is_object()) return {};
  const boost::json::value* found = value_->get_object().if_contains(member);
  return found == nullptr ? JsonNode() : JsonNode(*found);
}

bool JsonNode::is_true() const {
  return value_ != nullptr && value_->is_bool() && value_->get_bool();
}

std::optional<double> JsonNode::number() const {
  if (value_ == nullptr) return std::nullopt;
  if (value_->is_double()) return value_->get_double();
  if (value_->is_int64()) return static_cast<double>(value_->get_int64());
  if (value_->is_uint64()) return static_cast<double>(value_->get_uint64());
  return std::nullopt;
}

std::optional<std::uint64_t> JsonNode::count() const {
  if (value_ == nullptr) return std::nullopt;
  if (value_->is_uint64()) return value_->get_uint64();
  if (value_->is_int64() && value_->get_int64() >= 0) {
    return static_cast<std::uint64_t>(value_->get_int64());
  }
  return std::nullopt;
}

std::string JsonNode::text() const {
  if (value_ == nullptr || !value_->is_string()) return "";
  const boost::json::string& text = value_->get_string();
  return without_controls({text.data(), text.size()});
}

std::string JsonNode::scalar() const {
  if (value_ == nullptr || value_->is_null() || value_->is_structured()) return "";
  return value_->is_string() ? text() : boost::json::serialize(*value_);
}

std::vector<JsonNode> JsonNode::items() const {
  std::vector<JsonNode> result;
  if (value_ == nullptr || !value_->is_array()) return result;
  for (const boost::json::value& item : value_->get_array()) result.emplace_back(item);
  return result;
}

std::vector<std::pair<std::string, JsonNode>> JsonNode::members() const {
  std::vector<std::pair<std::string, JsonNode>> result;
  if (value_ == nullptr || !value_->is_object()) return result;
  for (const auto& member : value_->get_object()) {
    const std::string_view key(member.key().data(), member.key().size());
    result.emplace_back(without_controls(key), JsonNode(member.value()));
  }
  return result;
}

}  // namespace relay
