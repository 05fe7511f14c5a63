#include "tests/support/disk/memory_file_system.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <variant>

namespace relay::test {
namespace {

struct Contents;
struct Directory;
using Node = std::variant<std::shared_ptr<Contents>, std::shared_ptr<Directory>>;

struct Change {  // of a file: bytes at a position, or a new size
  std::uint64_t position = 0;
  std::optional<std::string> bytes;
};

void carry_out(const Change& change, std::string& data) {
  if (!change.bytes) {
    data.resize(change.position);
    return;
  }
  if (change.bytes->empty()) return;
  data.resize(std::max<std::size_t>(data.size(), change.position + change.bytes->size()));
  data.replace(change.position, change.bytes->size(), *change.bytes);
}

struct Contents {
  std::string data;
  std::string durable;
  std::vector<Change> unsynced;  // durable, then these in order, is data

  void change(Change what) {
    carry_out(what, data);
    unsynced.push_back(std::move(what));
  }
};

struct Naming {  // of a directory: names that now stand for a node, or for nothing
  std::vector<std::pair<std::string, std::optional<Node>>> names;
};

using Names = std::map<std::string, Node>;

void carry_out(const Naming& naming, Names& names) {
  for (const auto& [name, node] : naming.names) {
    names.erase(name);
    if (node) names.emplace(name, *node);
  }
}

struct Directory {
  Names names;
  Names durable;
  std::vector<Naming> unsynced;

  void change(Naming what) {
    carry_out(what, names);
    unsynced.push_back(std::move(what));
  }
};

ErrorCode failed(int error) { return {error, boost::system::system_category()}; }

std::uint64_t bytes_in(const Directory& directory) {
  std::uint64_t sum = 0;
  for (const auto& [name, node] : directory.names) {
    if (const auto* file = std::get_if<std::shared_ptr<Contents>>(&node)) {
      sum += (*file)->data.size();
    } else {
      sum += bytes_in(*std::get<std::shared_ptr<Directory>>(node));
    }
  }
  return sum;
}

// How a crash decides what of a file and of a directory survives.
struct Survival {
  std::function<std::string(const Contents&)> bytes;
  std::function<Names(const Directory&)> names;
};

std::shared_ptr<Directory> survivors(const Directory& from, const Survival& survival) {
  auto to = std::make_shared<Directory>();
  for (const auto& [name, node] : survival.names(from)) {
    if (const auto* file = std::get_if<std::shared_ptr<Contents>>(&node)) {
      auto contents = std::make_shared<Contents>();
      contents->data = contents->durable = survival.bytes(**file);
      to->names.emplace(name, std::move(contents));
    } else {
      to->names.emplace(name, survivors(*std::get<std::shared_ptr<Directory>>(node), survival));
    }
  }
  to->durable = to->names;
  return to;
}

}  // namespace

struct MemoryDisk {
  std::mutex mutex;
  std::shared_ptr<Directory> root = std::make_shared<Directory>();
  std::optional<std::uint64_t> capacity;
  std::uint64_t direct_writes = 0;

  // The directory at a path; null where there is none.
  Directory* directory(std::string_view path) {
    Directory* here = root.get();
    while (!path.empty() && here != nullptr) {
      const std::size_t slash = path.find('/');
      const std::string_view name = path.substr(0, slash);
      path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
      if (name.empty()) continue;
      const auto found = here->names.find(std::string(name));
      const auto* next = found == here->names.end()
                             ? nullptr
                             : std::get_if<std::shared_ptr<Directory>>(&found->second);
      here = next != nullptr ? next->get() : nullptr;
    }
    return here;
  }

  struct Located {
    Directory* parent = nullptr;
    std::string name;
    const Node* node = nullptr;

    std::shared_ptr<Contents> file() const {
      const auto* found = node ? std::get_if<std::shared_ptr<Contents>>(node) : nullptr;
      return found != nullptr ? *found : nullptr;
    }
  };
  Located locate(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    Located found;
    found.name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    found.parent =
        directory(std::string_view(path).substr(0, slash == std::string::npos ? 0 : slash));
    if (found.parent != nullptr) {
      const auto it = found.parent->names.find(found.name);
      if (it != found.parent->names.end()) found.node = &it->second;
    }
    return found;
  }

  bool has_room_for(std::uint64_t growth) const {
    return growth == 0 || !capacity || bytes_in(*root) + growth <= *capacity;
  }
};

namespace {

class MemoryFile final : public File {
 public:
  MemoryFile(std::shared_ptr<MemoryDisk> disk, std::shared_ptr<Contents> contents)
      : disk_(std::move(disk)), contents_(std::move(contents)) {}

  Result<std::size_t> read_at(std::uint64_t position, std::span<char> into) override {
    const std::lock_guard lock(disk_->mutex);
    const std::string& data = contents_->data;
    if (position >= data.size()) return std::size_t{0};
    return data.copy(into.data(), into.size(), position);
  }

  Result<void> write_at(std::uint64_t position, std::span<const std::string_view> pieces) override {
    const std::lock_guard lock(disk_->mutex);
    std::string bytes;
    for (const std::string_view piece : pieces) bytes += piece;
    if (direct_from_ > 0 && bytes.size() >= direct_from_) {
      take_whole_blocks(position, bytes);
      ++disk_->direct_writes;
    }
    const std::uint64_t end =
        std::max<std::uint64_t>(position + bytes.size(), contents_->data.size());
    if (!disk_->has_room_for(end - contents_->data.size())) return failed(ENOSPC);
    contents_->change({position, std::move(bytes)});
    return {};
  }

  Result<void> sync() override {
    const std::lock_guard lock(disk_->mutex);
    contents_->durable = contents_->data;
    contents_->unsynced.clear();
    return {};
  }

  Result<void> reserve(std::uint64_t) override { return {}; }

  Result<void> resize(std::uint64_t size) override {
    const std::lock_guard lock(disk_->mutex);
    const std::uint64_t now = contents_->data.size();
    if (!disk_->has_room_for(std::max(now, size) - now)) return failed(ENOSPC);
    contents_->change({size, std::nullopt});
    return {};
  }

  Result<std::uint64_t> size() override {
    const std::lock_guard lock(disk_->mutex);
    return std::uint64_t{contents_->data.size()};
  }

  Result<void> append_directly(std::size_t at_least) override {
    direct_from_ = at_least;
    return {};
  }
  bool appends_directly() const override { return direct_from_ > 0; }

  void forget(std::uint64_t, std::uint64_t) override {}

 private:
  // What stands before it in its first block is written once more, and zeros behind it.
  void take_whole_blocks(std::uint64_t& position, std::string& bytes) const {
    const std::size_t within = position % kBlock;
    std::string before = contents_->data.substr(
        std::min<std::size_t>(position - within, contents_->data.size()), within);
    before.resize(within);
    bytes.insert(0, before);
    position -= within;
    bytes.resize((bytes.size() + kBlock - 1) / kBlock * kBlock);
  }

  static constexpr std::size_t kBlock = 4096;

  const std::shared_ptr<MemoryDisk> disk_;
  const std::shared_ptr<Contents> contents_;
  std::size_t direct_from_ = 0;
};

std::string torn(const Contents& file, std::mt19937_64& draw) {
  std::string data = file.durable;
  for (Change change : file.unsynced) {
    const std::uint64_t fate = draw() % 4;
    if (fate == 0) continue;
    if (fate == 1 && change.bytes && !change.bytes->empty()) {
      // Some of its blocks: those that did not make it read as zeros where the file has grown over
      // them.
      const std::size_t from = draw() % change.bytes->size();
      const std::size_t length = draw() % (change.bytes->size() - from + 1);
      change.bytes = change.bytes->substr(from, length);
      change.position += from;
    }
    carry_out(change, data);
  }
  return data;
}

}  // namespace

MemoryFileSystem::MemoryFileSystem() : MemoryFileSystem(std::make_shared<MemoryDisk>()) {}
MemoryFileSystem::MemoryFileSystem(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}
MemoryFileSystem::~MemoryFileSystem() = default;

std::uint64_t MemoryFileSystem::direct_writes() const {
  const std::lock_guard lock(disk_->mutex);
  return disk_->direct_writes;
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::crash() const {
  const std::lock_guard lock(disk_->mutex);
  auto after = std::make_shared<MemoryDisk>();
  after->root = survivors(*disk_->root, {[](const Contents& file) { return file.durable; },
                                         [](const Directory& dir) { return dir.durable; }});
  return std::unique_ptr<MemoryFileSystem>(new MemoryFileSystem(std::move(after)));
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::torn_crash(std::uint64_t seed) const {
  const std::lock_guard lock(disk_->mutex);
  std::mt19937_64 draw(seed);
  auto after = std::make_shared<MemoryDisk>();
  after->root = survivors(*disk_->root, {[&](const Contents& file) { return torn(file, draw); },
                                         [&](const Directory& dir) {
                                           Names names = dir.durable;
                                           const std::size_t kept =
                                               draw() % (dir.unsynced.size() + 1);
                                           for (std::size_t i = 0; i < kept; ++i) {
                                             carry_out(dir.unsynced[i], names);
                                           }
                                           return names;
                                         }});
  return std::unique_ptr<MemoryFileSystem>(new MemoryFileSystem(std::move(after)));
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::process_kill() const {
  const std::lock_guard lock(disk_->mutex);
  auto after = std::make_shared<MemoryDisk>();
  after->root = survivors(*disk_->root, {[](const Contents& file) { return file.data; },
                                         [](const Directory& dir) { return dir.names; }});
  return std::unique_ptr<MemoryFileSystem>(new MemoryFileSystem(std::move(after)));
}

void MemoryFileSystem::set_capacity(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(disk_->mutex);
  disk_->capacity = bytes;
}

Result<std::unique_ptr<File>> MemoryFileSystem::create(const std::string& path) {
  const std::lock_guard lock(disk_->mutex);
  const auto found = disk_->locate(path);
  if (found.parent == nullptr) return failed(ENOENT);
  if (found.node != nullptr && !found.file()) return failed(EISDIR);
  auto contents = found.file();
  if (contents) {
    contents->change({0, std::nullopt});
  } else {
    contents = std::make_shared<Contents>();
    found.parent->change({{{found.name, contents}}});
  }
  return std::unique_ptr<File>(std::make_unique<MemoryFile>(disk_, std::move(contents)));
}

Result<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& path) {
  const std::lock_guard lock(disk_->mutex);
  const auto found = disk_->locate(path);
  if (found.node == nullptr) return failed(ENOENT);
  if (!found.file()) return failed(EISDIR);
  return std::unique_ptr<File>(std::make_unique<MemoryFile>(disk_, found.file()));
}

Result<void> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(disk_->mutex);
  const auto source = disk_->locate(from);
  const auto target = disk_->locate(to);
  if (source.node == nullptr || target.parent == nullptr) return failed(ENOENT);
  if (source.parent != target.parent) return failed(EXDEV);
  if (source.name == target.name) return {};
  source.parent->change({{{source.name, std::nullopt}, {target.name, *source.node}}});
  return {};
}

Result<void> MemoryFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(disk_->mutex);
  const auto found = disk_->locate(path);
  if (found.node == nullptr) return {};
  if (!found.file()) return failed(EISDIR);
  found.parent->change({{{found.name, std::nullopt}}});
  return {};
}

Result<void> MemoryFileSystem::remove_tree(const std::string& path) {
  const std::lock_guard lock(disk_->mutex);
  const auto found = disk_->locate(path);
  if (found.node == nullptr) return {};
  found.parent->change({{{found.name, std::nullopt}}});
  return {};
}

Result<void> MemoryFileSystem::make_directory(const std::string& path) {
  const std::lock_guard lock(disk_->mutex);
  const auto found = disk_->locate(path);
  if (found.parent == nullptr) return failed(ENOENT);
  if (found.file()) return failed(EEXIST);
  if (found.node == nullptr) {
    found.parent->change({{{found.name, Node(std::make_shared<Directory>())}}});
  }
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& directory) {
  const std::lock_guard lock(disk_->mutex);
  const Directory* found = disk_->directory(directory);
  if (found == nullptr) return failed(ENOENT);
  std::vector<std::string> names;
  for (const auto& [name, node] : found->names) names.push_back(name);
  return names;
}

Result<void> MemoryFileSystem::sync_directory(const std::string& directory) {
  const std::lock_guard lock(disk_->mutex);
  Directory* found = disk_->directory(directory);
  if (found == nullptr) return failed(ENOENT);
  found->durable = found->names;
  found->unsynced.clear();
  return {};
}

Result<Space> MemoryFileSystem::space(const std::string&) {
  const std::lock_guard lock(disk_->mutex);
  const std::uint64_t used = bytes_in(*disk_->root);
  const std::uint64_t total = disk_->capacity.value_or(std::uint64_t{1} << 40);
  return Space{total, total > used ? total - used : 0};
}

}  // namespace relay::test
