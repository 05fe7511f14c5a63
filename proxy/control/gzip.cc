#include "proxy/control/gzip.h"

#include "common/base/check.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <zlib.h>

namespace relay {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// "gzip;q=0", "gzip; q=0.000": the only weights that say no.
bool is_refused(std::string_view parameters) {
  const std::size_t equals = parameters.find('=');
  if (equals == std::string_view::npos) return false;
  if (!same_word(trimmed(parameters.substr(0, equals)), "q")) return false;
  return trimmed(parameters.substr(equals + 1)).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> gzip_said;
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::string_view item = accept_encoding.substr(0, accept_encoding.find(','));
    accept_encoding.remove_prefix(std::min(item.size() + 1, accept_encoding.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view coding = trimmed(item.substr(0, semicolon));
    const bool accepted = !is_refused(item.substr(std::min(semicolon + 1, item.size())));
    if (same_word(coding, "gzip")) gzip_said = accepted;
    if (coding == "*") any = accepted;
  }
  return gzip_said.value_or(any);
}

std::string gzip(std::string_view plain) {
  constexpr int kGzipFormat =
      15 + 16;  // the largest window; 16 more asks zlib for gzip's header and trailer
  constexpr int kMemory = 8;
  z_stream stream{};
  RELAY_CHECK(::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipFormat, kMemory,
                             Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(::deflateBound(&stream, plain.size()), '\0');
  std::string in(plain);  // zlib takes its input by a pointer to non-const
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  RELAY_CHECK(result == Z_STREAM_END);
  return out;
}

}  // namespace relay
