// Everything below a directory, names and contents, as one text: to compare two disks by.
#pragma once

#include "common/io/file.h"

#include <string>

namespace relay::test {

inline std::string tree_of(FileSystem& fs, const std::string& directory) {
  std::string text;
  const auto names = fs.list(directory);
  if (!names) return text;
  for (const std::string& name : *names) {
    const std::string path = directory + "/" + name;
    if (fs.list(path)) {
      text += path + "/\n" + tree_of(fs, path);
    } else {
      const auto bytes = read_file(fs, path);
      text += path + " = " + (bytes ? *bytes : bytes.error().message()) + "\n";
    }
  }
  return text;
}

}  // namespace relay::test
