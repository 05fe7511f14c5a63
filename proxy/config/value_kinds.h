// What one value of the configuration may be: how its text is read, checked and printed. One
// function per kind, so that a row of the key table says "a size of at least 64kb" and every such
// key complains in the same words.
//
//  (1) parse() leaves the value alone when it complains.
//  (2) print() gives a text that parse() reads back as the same value.
//  (3) A complaint is the end of a sentence that begins with the key; it may quote the text, except
//      for secrets.
//
// Threading: values without state; any thread.
#pragma once

#include "proxy/config/config.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay {

using Complaint = std::optional<std::string>;  // none: the text is fine

template <typename T>
struct ValueKind {
  std::function<Complaint(std::string_view text, T& into)> parse;
  std::function<std::string(const T& value)> print;
};

// In quotes, shortened, without control characters and without what stands before an "@" (a pasted
// URL may carry a password): fit for a message.
std::string in_quotes(std::string_view text);

namespace kind {

constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 62;

ValueKind<std::uint16_t> port(unsigned smallest);  // 0 where it means "choose one"
ValueKind<unsigned> count(unsigned smallest, unsigned largest);
ValueKind<unsigned> count_or_auto(unsigned largest);  // "auto" is 0
ValueKind<double> ratio(double smallest, double largest);
ValueKind<std::uint64_t> size(std::uint64_t smallest, std::uint64_t largest = kLargestSize);
ValueKind<Duration> duration(Duration shortest, Duration longest);
ValueKind<bool> flag();

ValueKind<std::string> host();  // a name or an address to connect to; brackets around IPv6 are cut
ValueKind<std::string> optional_addresses();  // HOST:PORT, with commas between
ValueKind<std::string> bind_address();        // an IP address to listen on; likewise
ValueKind<std::string> optional_bind_address();
ValueKind<std::string> announced_ip();  // what others connect to, or ""
ValueKind<std::string> path();          // never ""
ValueKind<std::string> optional_path();
ValueKind<FileText> optional_file();     // its path; the text is read later
ValueKind<std::string> word();           // a command's name: not empty, no blanks
ValueKind<std::string> optional_word();  // no blanks
ValueKind<std::string> version();        // 7.0.15
ValueKind<std::string> optional_version();
ValueKind<std::string> secret_text();  // any bytes; nothing of it is ever quoted

ValueKind<AckPolicy> ack_policy();

// One of a few names. `also` are further names that are read and never printed (Redis's for the
// same).
template <typename T>
using Names = std::vector<std::pair<std::string_view, T>>;
template <typename T>
ValueKind<T> choice(Names<T> names, Names<T> also = {});

template <typename T>
ValueKind<T> choice(Names<T> names, Names<T> also) {
  auto parse = [names, also](std::string_view text, T& into) -> Complaint {
    for (const Names<T>* list : {&names, &also}) {
      for (const auto& [name, value] : *list) {
        if (name != text) continue;
        into = value;
        return std::nullopt;
      }
    }
    std::string list;
    for (const auto& [name, value] : names) list.append(list.empty() ? "" : ", ").append(name);
    return in_quotes(text) + " is not one of " + list;
  };
  auto print = [names](const T& value) {
    for (const auto& [name, known] : names) {
      if (known == value) return std::string(name);
    }
    return std::string();
  };
  return {parse, print};
}

}  // namespace kind
}  // namespace relay
