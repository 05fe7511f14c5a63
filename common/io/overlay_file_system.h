// Another file system as it would be after changes that are never made: for finding out what a start
// would do with a data directory, by the code that would do it.
//
//  (1) Nothing below is changed: of it only open(), read_at(), size(), list() and space() are called.
//  (2) Whoever looks through it sees its own changes, as on a disk that keeps everything.
//  (3) Memory holds what was written, not the files that it was written to.
//
// Threading: one thread.
#pragma once

#include "common/io/file.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace relay {

class OverlayFileSystem final : public FileSystem {
 public:
  explicit OverlayFileSystem(FileSystem& below) : below_(below) {}

  // What was done to files and directories that are there below, a sentence each, in order.
  const std::vector<std::string>& changes() const { return *changes_; }

  Result<std::unique_ptr<File>> create(const std::string& path) override;
  Result<std::unique_ptr<File>> open(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> remove_tree(const std::string& path) override;
  Result<void> make_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> sync_directory(const std::string& directory) override;
  Result<Space> space(const std::string& directory) override { return below_.space(directory); }

  struct Node;  // a file that was opened or made here
  using NodePtr = std::shared_ptr<Node>;
  using Changes = std::shared_ptr<std::vector<std::string>>;

 private:
  // Where `path` is to be found below; none: it is not there, or no longer.
  std::optional<std::string> below_path(const std::string& path) const;
  Result<NodePtr> node_at(const std::string& path);
  bool is_directory(const std::string& path);
  bool has_parent(const std::string& path);
  void move_all_in(const std::string& from, const std::string& to);
  void drop_all_in(const std::string& directory);
  void say(std::string change) { changes_->push_back(std::move(change)); }

  FileSystem& below_;
  std::map<std::string, NodePtr> files_;            // null: removed
  std::map<std::string, std::string> directories_;  // made here (empty), or moved here from below
  std::set<std::string> gone_;  // directories that are below, and no longer here
  Changes changes_ = std::make_shared<std::vector<std::string>>();
};

}  // namespace relay
