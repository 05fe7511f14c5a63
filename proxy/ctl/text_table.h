// Text for a terminal: colours, columns that stand below each other, lines cut to a width.
//
//  (1) Colour is put on at the very end, and only where Style says so: without it the text is the
//      same, byte for byte, less the escape sequences.
//  (2) A width is counted in characters as they are shown: escape sequences count for nothing, a
//      character of several bytes for one.
//
// Threading: pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

enum class Paint { kPlain, kBold, kDim, kGood, kWarn, kBad };

struct Style {
  bool colour = false;
  unsigned columns = 0;  // the terminal's; 0: no limit
};

std::string painted(std::string_view text, Paint paint, const Style& style);
std::size_t shown_width(std::string_view text);
// At most so many characters; colours that were on are ended.
std::string clipped(std::string_view line, std::size_t columns);

struct Cell {
  Cell(std::string shown, Paint colour = Paint::kPlain) : text(std::move(shown)), paint(colour) {}
  std::string text;
  Paint paint;
};

class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string_view title;
    Align align = Align::kLeft;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  // The titles first; no blanks at the ends.
  std::vector<std::string> lines(const Style& style) const;
  std::string text(const Style& style) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace relay
