#include "common/io/file.h"

#include <array>

namespace relay {

Result<std::string> read_file(FileSystem& fs, const std::string& path) {
  auto file = fs.open(path);
  if (!file) return file.error();
  std::string contents;
  std::array<char, 4096> block;
  while (true) {
    auto read = (*file)->read_at(contents.size(), block);
    if (!read) return read.error();
    if (*read == 0) return contents;
    contents.append(block.data(), *read);
  }
}

Result<void> replace_file(FileSystem& fs, const std::string& directory, const std::string& name,
                          std::string_view contents) {
  const std::string path = directory + "/" + name;
  const std::string partial = path + ".partial";
  {
    // A crash leaves the old file, and perhaps a .partial that the next replacement overwrites.
    auto file = fs.create(partial);
    if (!file) return file.error();
    if (auto wrote = (*file)->write_at(0, contents); !wrote) return wrote;
    // Without this a crash after the rename could leave the new name with no bytes behind it.
    if (auto synced = (*file)->sync(); !synced) return synced;
  }
  // A crash leaves the old file or the new one, each whole.
  if (auto renamed = fs.rename(partial, path); !renamed) return renamed;
  // From here on a crash leaves the new file.
  return fs.sync_directory(directory);
}

}  // namespace relay
