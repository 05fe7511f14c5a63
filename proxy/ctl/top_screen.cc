#include "proxy/ctl/top_screen.h"

#include "proxy/ctl/quantities.h"
#include "proxy/ctl/replica_text.h"

namespace relay {

std::vector<std::string> top_lines(const TopPicture& picture, const ScreenSize& size,
                                   const Style& style) {
  std::vector<std::string> lines = status_lines(picture.status, picture.rates, style);
  if (!picture.trouble.empty()) {
    lines.insert(lines.begin(),
                 painted("as of " + picture.status["time"].text() + "; " + picture.trouble,
                         Paint::kBad, style));
  }
  lines.emplace_back();

  const std::vector<JsonNode> replicas = picture.status["replicas"]["items"].items();
  std::vector<std::string> rows = replica_lines(replicas, style);
  const std::size_t keys_line = 1;
  const std::size_t room =
      size.rows > lines.size() + keys_line ? size.rows - lines.size() - keys_line : 0;
  const auto total = picture.status["replicas"]["total"].count().value_or(replicas.size());
  std::uint64_t hidden = total > replicas.size() ? total - replicas.size() : 0;
  if (total == 0) rows = {"no replica is connected"};
  if (rows.size() > room) {
    const std::size_t shown = room > 1 ? room : 0;  // titles alone tell nothing
    hidden += rows.size() - std::max<std::size_t>(shown, 1);
    rows.resize(shown, "");
  }
  lines.insert(lines.end(), rows.begin(), rows.end());
  if (lines.size() + keys_line > size.rows) lines.resize(size.rows > 0 ? size.rows - 1 : 0);
  std::string keys = "q: quit   space: draw it now";
  if (hidden > 0) keys += "   " + counted(hidden, "replica") + " more";
  lines.push_back(painted(keys, Paint::kDim, style));
  return lines;
}

}  // namespace relay
