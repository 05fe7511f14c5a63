#include "proxy/ctl/text_table.h"

#include <algorithm>

namespace relay {
namespace {

constexpr std::string_view kBetween = "  ";
constexpr std::string_view kReset = "\x1b[0m";

std::string_view sequence(Paint paint) {
  switch (paint) {
    case Paint::kPlain:
      return "";
    case Paint::kBold:
      return "\x1b[1m";
    case Paint::kDim:
      return "\x1b[2m";
    case Paint::kGood:
      return "\x1b[32m";
    case Paint::kWarn:
      return "\x1b[33m";
    case Paint::kBad:
      return "\x1b[31m";
  }
  return "";
}

// The length of the escape sequence that the text begins with; 0: it begins with none.
std::size_t escape_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find('m');
  return end == std::string_view::npos ? text.size() : end + 1;
}

bool begins_a_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

std::string padded(const Cell& cell, std::size_t width, TextTable::Align align,
                   const Style& style) {
  const std::string blanks(width - std::min(width, shown_width(cell.text)), ' ');
  const std::string text = painted(cell.text, cell.paint, style);
  return align == TextTable::Align::kLeft ? text + blanks : blanks + text;
}

}  // namespace

std::string painted(std::string_view text, Paint paint, const Style& style) {
  if (!style.colour || paint == Paint::kPlain || text.empty()) return std::string(text);
  return std::string(sequence(paint)).append(text).append(kReset);
}

std::size_t shown_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    if (const std::size_t escape = escape_length(text); escape > 0) {
      text.remove_prefix(escape);
      continue;
    }
    if (begins_a_character(text.front())) ++width;
    text.remove_prefix(1);
  }
  return width;
}

std::string clipped(std::string_view line, std::size_t columns) {
  std::string result;
  std::size_t width = 0;
  bool coloured = false;
  while (!line.empty()) {
    if (const std::size_t escape = escape_length(line); escape > 0) {
      coloured = line.substr(0, escape) != kReset;
      result.append(line.substr(0, escape));
      line.remove_prefix(escape);
      continue;
    }
    if (begins_a_character(line.front()) && ++width > columns) break;
    result += line.front();
    line.remove_prefix(1);
  }
  if (coloured) result.append(kReset);
  return result;
}

std::vector<std::string> TextTable::lines(const Style& style) const {
  std::vector<std::vector<Cell>> all;
  auto& titles = all.emplace_back();
  for (const Column& column : columns_)
    titles.emplace_back(std::string(column.title), Paint::kBold);
  all.insert(all.end(), rows_.begin(), rows_.end());

  std::vector<std::size_t> widths(columns_.size());
  for (const auto& row : all) {
    for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
      widths[i] = std::max(widths[i], shown_width(row[i].text));
    }
  }
  std::vector<std::string> result;
  for (const auto& row : all) {
    // The last one that says something ends the line.
    std::size_t last = std::min(row.size(), columns_.size());
    while (last > 0 && row[last - 1].text.empty()) --last;
    std::string line;
    for (std::size_t i = 0; i < last; ++i) {
      if (i > 0) line += kBetween;
      const bool ends_line = i + 1 == last && columns_[i].align == Align::kLeft;
      line += padded(row[i], ends_line ? 0 : widths[i], columns_[i].align, style);
    }
    result.push_back(std::move(line));
  }
  return result;
}

std::string TextTable::text(const Style& style) const {
  std::string result;
  for (const std::string& line : lines(style)) result += line + "\n";
  return result;
}

}  // namespace relay
