#include "common/io/overlay_file_system.h"

#include <algorithm>
#include <cerrno>

namespace relay {

struct OverlayFileSystem::Node {
  std::string path;               // as it was opened or made
  std::unique_ptr<File> below;    // null: made here
  std::uint64_t below_valid = 0;  // what lies behind it was cut off here
  std::uint64_t size = 0;
  std::map<std::uint64_t, std::string> written;  // by position; no two meet
};

namespace {

using Node = OverlayFileSystem::Node;

ErrorCode failed(int error) { return {error, boost::system::system_category()}; }

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool is_in(const std::string& directory, const std::string& path) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

class OverlayFile final : public File {
 public:
  OverlayFile(OverlayFileSystem::NodePtr node, OverlayFileSystem::Changes changes)
      : node_(std::move(node)), changes_(std::move(changes)) {}

  Result<std::size_t> read_at(std::uint64_t position, std::span<char> into) override {
    if (position >= node_->size) return std::size_t{0};
    into = into.first(std::min<std::uint64_t>(into.size(), node_->size - position));
    std::fill(into.begin(), into.end(), '\0');
    if (node_->below && position < node_->below_valid) {
      const auto held =
          into.first(std::min<std::uint64_t>(into.size(), node_->below_valid - position));
      const auto read = node_->below->read_at(position, held);
      if (!read) return read.error();
    }
    for (const auto& [at, bytes] : node_->written) lay_over(position, into, at, bytes);
    return into.size();
  }

  Result<void> write_at(std::uint64_t position, std::span<const std::string_view> pieces) override {
    std::string bytes;
    for (const std::string_view piece : pieces) bytes += piece;
    // What is written twice is one piece: the later bytes win.
    std::uint64_t begin = position;
    std::uint64_t end = position + bytes.size();
    std::string joined = bytes;
    for (auto it = node_->written.begin(); it != node_->written.end();) {
      const std::uint64_t from = it->first;
      const std::uint64_t to = from + it->second.size();
      if (to < begin || from > end) {
        ++it;
        continue;
      }
      std::string both(std::max(to, end) - std::min(from, begin), '\0');
      const std::uint64_t first = std::min(from, begin);
      std::copy(it->second.begin(), it->second.end(),
                both.begin() + static_cast<std::ptrdiff_t>(from - first));
      std::copy(joined.begin(), joined.end(),
                both.begin() + static_cast<std::ptrdiff_t>(begin - first));
      begin = first;
      end = std::max(to, end);
      joined = std::move(both);
      it = node_->written.erase(it);
    }
    node_->size = std::max(node_->size, end);
    node_->written[begin] = std::move(joined);
    return {};
  }

  Result<void> sync() override { return {}; }
  Result<void> reserve(std::uint64_t) override { return {}; }

  Result<void> resize(std::uint64_t size) override {
    if (node_->below && size < node_->below_valid) {
      changes_->push_back("cut " + node_->path + " to " + std::to_string(size) + " bytes");
    }
    node_->below_valid = std::min(node_->below_valid, size);
    node_->size = size;
    for (auto it = node_->written.begin(); it != node_->written.end();) {
      if (it->first >= size) {
        it = node_->written.erase(it);
        continue;
      }
      it->second.resize(std::min<std::uint64_t>(it->second.size(), size - it->first));
      ++it;
    }
    return {};
  }

  Result<std::uint64_t> size() override { return node_->size; }
  void forget(std::uint64_t, std::uint64_t) override {}

 private:
  static void lay_over(std::uint64_t position, std::span<char> into, std::uint64_t at,
                       const std::string& bytes) {
    const std::uint64_t from = std::max(position, at);
    const std::uint64_t to = std::min(position + into.size(), at + bytes.size());
    if (from >= to) return;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(from - at), to - from,
                into.begin() + static_cast<std::ptrdiff_t>(from - position));
  }

  const OverlayFileSystem::NodePtr node_;
  const OverlayFileSystem::Changes changes_;
};

}  // namespace

std::optional<std::string> OverlayFileSystem::below_path(const std::string& path) const {
  for (std::string prefix = path; !prefix.empty(); prefix = parent_of(prefix)) {
    if (const auto moved = directories_.find(prefix); moved != directories_.end()) {
      if (moved->second.empty()) return std::nullopt;
      return moved->second + path.substr(prefix.size());
    }
    if (gone_.contains(prefix)) return std::nullopt;
  }
  return path;
}

Result<OverlayFileSystem::NodePtr> OverlayFileSystem::node_at(const std::string& path) {
  if (const auto known = files_.find(path); known != files_.end()) {
    if (!known->second) return failed(ENOENT);
    return known->second;
  }
  const auto where = below_path(path);
  if (!where) return failed(ENOENT);
  auto file = below_.open(*where);
  if (!file) return file.error();
  auto size = (*file)->size();
  if (!size) return size.error();
  auto node = std::make_shared<Node>();
  node->path = path;
  node->below = std::move(*file);
  node->below_valid = node->size = *size;
  files_[path] = node;
  return node;
}

Result<std::unique_ptr<File>> OverlayFileSystem::create(const std::string& path) {
  if (!has_parent(path)) return failed(ENOENT);
  auto node = std::make_shared<Node>();
  node->path = path;
  files_[path] = node;
  return std::unique_ptr<File>(std::make_unique<OverlayFile>(std::move(node), changes_));
}

Result<std::unique_ptr<File>> OverlayFileSystem::open(const std::string& path) {
  auto node = node_at(path);
  if (!node) return node.error();
  return std::unique_ptr<File>(std::make_unique<OverlayFile>(std::move(*node), changes_));
}

bool OverlayFileSystem::is_directory(const std::string& path) {
  if (directories_.contains(path)) return true;
  const auto where = below_path(path);
  return where && below_.list(*where).has_value();
}

bool OverlayFileSystem::has_parent(const std::string& path) {
  const std::string parent = parent_of(path);
  return parent.empty() || is_directory(parent);
}

Result<void> OverlayFileSystem::rename(const std::string& from, const std::string& to) {
  if (!has_parent(to)) return failed(ENOENT);
  if (is_directory(from)) {
    if (from == to) return {};
    const auto where = below_path(from);
    if (where) say("rename " + from + " to " + to);
    drop_all_in(to);
    directories_[to] = where.value_or(std::string());
    directories_.erase(from);
    gone_.insert(from);
    move_all_in(from, to);
    return {};
  }
  auto node = node_at(from);
  if (!node) return node.error();
  if (from == to) return {};
  if ((*node)->below) say("rename " + from + " to " + to);
  files_[to] = std::move(*node);
  files_[from] = nullptr;
  return {};
}

Result<void> OverlayFileSystem::remove(const std::string& path) {
  const auto node = node_at(path);
  if (!node) return {};
  if ((*node)->below) say("remove " + path);
  files_[path] = nullptr;
  return {};
}

Result<void> OverlayFileSystem::remove_tree(const std::string& path) {
  if (!is_directory(path)) return remove(path);
  if (below_path(path)) say("remove " + path + " and all in it");
  drop_all_in(path);
  directories_.erase(path);
  gone_.insert(path);
  return {};
}

Result<void> OverlayFileSystem::make_directory(const std::string& path) {
  if (is_directory(path)) return {};
  if (!has_parent(path)) return failed(ENOENT);
  directories_[path] = std::string();
  return {};
}

Result<std::vector<std::string>> OverlayFileSystem::list(const std::string& directory) {
  const auto where = below_path(directory);
  if (!where && !directories_.contains(directory)) return failed(ENOENT);
  std::set<std::string> names;
  if (where) {
    auto there = below_.list(*where);
    if (!there) return there.error();
    for (const std::string& name : *there) {
      const std::string path = directory + "/" + name;
      const auto known = files_.find(path);
      const bool is_removed = known != files_.end() && !known->second;
      if (!is_removed && below_path(path)) names.insert(name);
    }
  }
  const auto add = [&](const std::string& path) {
    if (parent_of(path) == directory) names.insert(path.substr(directory.size() + 1));
  };
  for (const auto& [path, node] : files_) {
    if (node) add(path);
  }
  for (const auto& [path, from] : directories_) add(path);
  return std::vector<std::string>(names.begin(), names.end());
}

Result<void> OverlayFileSystem::sync_directory(const std::string& directory) {
  if (!is_directory(directory) && !directory.empty()) return failed(ENOENT);
  return {};
}

void OverlayFileSystem::drop_all_in(const std::string& directory) {
  std::erase_if(files_, [&](const auto& one) { return is_in(directory, one.first); });
  std::erase_if(directories_, [&](const auto& one) { return is_in(directory, one.first); });
  std::erase_if(gone_, [&](const std::string& one) { return is_in(directory, one); });
}

void OverlayFileSystem::move_all_in(const std::string& from, const std::string& to) {
  const auto moved = [&](const std::string& path) { return to + path.substr(from.size()); };
  std::map<std::string, NodePtr> files;
  for (auto& [path, node] : files_) files[is_in(from, path) ? moved(path) : path] = node;
  files_ = std::move(files);
  std::map<std::string, std::string> directories;
  for (auto& [path, where] : directories_) {
    directories[is_in(from, path) ? moved(path) : path] = where;
  }
  directories_ = std::move(directories);
  std::set<std::string> gone;
  for (const std::string& path : gone_) gone.insert(is_in(from, path) ? moved(path) : path);
  gone_ = std::move(gone);
}

}  // namespace relay
