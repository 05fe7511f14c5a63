#include "common/resp/reply_parser.h"

#include "common/resp/request_parser.h"

#include <algorithm>
#include <utility>

namespace relay {
namespace {

constexpr std::size_t kLongestLine = 64 * 1024;

std::optional<Reply::Kind> aggregate_kind(char kind) {
  switch (kind) {
    case '*':
      return Reply::Kind::kArray;
    case '%':
    case '|':
      return Reply::Kind::kMap;
    case '~':
      return Reply::Kind::kSet;
    case '>':
      return Reply::Kind::kPush;
    default:
      return std::nullopt;
  }
}

Reply with_text(Reply::Kind kind, std::string_view text) {
  Reply reply;
  reply.kind = kind;
  reply.text = text;
  return reply;
}

Reply with_integer(Reply::Kind kind, long long value) {
  Reply reply;
  reply.kind = kind;
  reply.integer = value;
  return reply;
}

}  // namespace

void ReplyParser::feed(std::string_view bytes) {
  if (!error_.empty()) return;
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  buffer_.append(bytes);
}

std::optional<Reply> ReplyParser::next() {
  while (error_.empty() && !complete_) {
    if (parse_element() != Step::kElement) return std::nullopt;
  }
  return std::exchange(complete_, std::nullopt);
}

std::string_view ReplyParser::unconsumed() const {
  return std::string_view(buffer_).substr(consumed_);
}

// One line, with the bytes of a bulk behind it: nothing is consumed of one that is not whole.
ReplyParser::Step ReplyParser::parse_element() {
  const std::string_view text = unconsumed();
  const std::size_t end = text.substr(0, kLongestLine + 1).find('\n');
  if (end == std::string_view::npos) {
    if (text.size() > kLongestLine) return fail("a line of a reply is too long");
    return Step::kNeedMore;
  }
  if (end < 2 || text[end - 1] != '\r') return fail("a line of a reply does not end as it should");
  if (end + 1 > limit_ - std::min(limit_, reply_size_)) return fail("a reply is too large");
  const char kind = text.front();
  const std::string_view line = text.substr(1, end - 2);
  if (kind == '$' || kind == '=' || kind == '!') return parse_bulk(kind, line, end + 1);
  consume(end + 1);
  if (aggregate_kind(kind)) return open_aggregate(kind, line);
  return parse_line_element(kind, line);
}

ReplyParser::Step ReplyParser::parse_line_element(char kind, std::string_view line) {
  using Kind = Reply::Kind;
  switch (kind) {
    case '+':
      return take(with_text(Kind::kSimple, line));
    case '-':
      return take(with_text(Kind::kError, line));
    case ',':
      return take(with_text(Kind::kDouble, line));
    case '(':
      return take(with_text(Kind::kBigNumber, line));
    case ':':
      if (const auto value = parse_integer(line)) {
        return take(with_integer(Kind::kInteger, *value));
      }
      return fail("an integer reply is not valid");
    case '#':
      if (line == "t" || line == "f") return take(with_integer(Kind::kBoolean, line == "t"));
      return fail("a boolean reply is not valid");
    case '_':
      if (line.empty()) return take(Reply{});
      return fail("a null reply is not valid");
    default:
      return fail("no reply begins like that");
  }
}

ReplyParser::Step ReplyParser::parse_bulk(char kind, std::string_view line, std::size_t header) {
  const std::optional<long long> length = parse_integer(line);
  if (length == -1 && kind == '$') {
    consume(header);
    return take(Reply{});
  }
  if (!length || *length < 0) return fail("the length of a bulk reply is not valid");
  const auto size = static_cast<std::size_t>(*length);
  if (size > limit_ || size + header + 2 > limit_ - reply_size_)
    return fail("a reply is too large");
  std::string_view text = unconsumed().substr(header);
  if (text.size() < size + 2) return Step::kNeedMore;
  if (text.substr(size, 2) != "\r\n") return fail("a bulk reply is longer than its length says");
  text = text.substr(0, size);
  if (kind == '=') {
    if (size < 4 || text[3] != ':') return fail("a verbatim reply has no format");
    text.remove_prefix(4);
  }
  Reply reply = with_text(kind == '$'   ? Reply::Kind::kBulk
                          : kind == '=' ? Reply::Kind::kVerbatim
                                        : Reply::Kind::kError,
                          text);
  consume(header + size + 2);
  return take(std::move(reply));
}

ReplyParser::Step ReplyParser::open_aggregate(char kind, std::string_view line) {
  const std::optional<long long> count = parse_integer(line);
  if (count == -1 && kind == '*') return take(Reply{});
  if (!count || *count < 0) return fail("the length of an aggregate reply is not valid");
  // Each element has three bytes at least. This also keeps the count of a map from overflowing.
  const auto elements = static_cast<std::size_t>(*count);
  if (elements > limit_ / 3) return fail("a reply is too large");
  if (open_.size() == kDeepest) return fail("a reply is nested too deep");
  Open open;
  open.reply.kind = *aggregate_kind(kind);
  open.dropped = kind == '|';
  open.missing = kind == '%' || kind == '|' ? elements * 2 : elements;
  const bool empty = open.missing == 0;
  if (!empty) {
    open_.push_back(std::move(open));
    return Step::kElement;
  }
  return open.dropped ? Step::kElement : take(std::move(open.reply));
}

// Puts an element into its place, and every aggregate that it completes into its own.
ReplyParser::Step ReplyParser::take(Reply reply) {
  while (!open_.empty()) {
    Open& innermost = open_.back();
    innermost.reply.elements.push_back(std::move(reply));
    if (--innermost.missing > 0) return Step::kElement;
    const bool dropped = innermost.dropped;
    reply = std::move(innermost.reply);
    open_.pop_back();
    if (dropped) return Step::kElement;
  }
  complete_ = std::move(reply);
  reply_size_ = 0;
  return Step::kElement;
}

void ReplyParser::consume(std::size_t bytes) {
  consumed_ += bytes;
  reply_size_ += bytes;
}

ReplyParser::Step ReplyParser::fail(std::string text) {
  error_ = std::move(text);
  open_.clear();
  return Step::kError;
}

}  // namespace relay
