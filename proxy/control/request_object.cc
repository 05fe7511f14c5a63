#include "proxy/control/request_object.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace relay {

namespace json = boost::json;

namespace {

std::string known(std::initializer_list<std::string_view> members) {
  std::string list;
  for (const std::string_view one : members) list.append(list.empty() ? "" : ", ").append(one);
  return list.empty() ? "there is none here" : "there are " + list;
}

}  // namespace

RequestObject::RequestObject(std::string_view body, std::initializer_list<std::string_view> members,
                             MayBeEmpty may_be_empty) {
  if (body.empty() && (may_be_empty == MayBeEmpty::kYes || members.size() == 0)) return;
  boost::system::error_code error;
  const json::value parsed = json::parse({body.data(), body.size()}, error);
  if (error) {
    fail("the body is no JSON: " + error.message());
  } else if (!parsed.is_object()) {
    fail("the body is a JSON object");
  } else {
    members_ = parsed.get_object();
    for (const auto& member : members_) {
      const std::string_view name(member.key().data(), member.key().size());
      if (std::find(members.begin(), members.end(), name) == members.end()) {
        fail("there is no member \"" + std::string(name.substr(0, 64)) + "\"; " + known(members));
      }
    }
  }
}

bool RequestObject::has(std::string_view member) const {
  return members_.if_contains({member.data(), member.size()}) != nullptr;
}

const json::value* RequestObject::find(std::string_view member) {
  const json::value* found = members_.if_contains({member.data(), member.size()});
  if (found == nullptr) fail(std::string(member) + " is needed");
  return found;
}

std::string RequestObject::text(std::string_view member) {
  const json::value* value = find(member);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    fail(std::string(member) + " is a text");
    return {};
  }
  return std::string(value->get_string().data(), value->get_string().size());
}

std::uint64_t RequestObject::number(std::string_view member, std::uint64_t least,
                                    std::uint64_t most) {
  const json::value* value = find(member);
  if (value == nullptr) return least;
  boost::system::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  if (error || number < least || number > most) {
    fail(std::string(member) + " is a number from " + std::to_string(least) + " to " +
         std::to_string(most));
    return least;
  }
  return number;
}

bool RequestObject::truth(std::string_view member) {
  const json::value* value = find(member);
  if (value == nullptr) return false;
  if (!value->is_bool()) fail(std::string(member) + " is true or false");
  return value->is_bool() && value->get_bool();
}

void RequestObject::fail(std::string why) {
  if (fault_.empty()) fault_ = std::move(why);
}

}  // namespace relay
