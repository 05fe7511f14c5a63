// The files that a configuration was read from: the configuration file and the password files that
// it names, with what each of them held. Two of these are equal where reading the configuration
// again would give the same.
//
//  (1) What cannot be read is held as well, with the reason: a password file that comes back, or
//      may be read again, makes a difference.
//  (2) A pipe or a device has no contents that could be compared; each is equal to itself, and
//      looked_at_again() does not open it.
//  (3) It holds secrets, in memory alone: nothing of it is ever shown but the paths.
//
// Threading: a value. read() and looked_at_again() block, for as long as the file systems do.
#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace relay {

class ConfigFiles {
 public:
  // A file's contents, at most `limit` bytes; they are remembered.
  Result<std::string> read(const std::string& path, std::size_t limit);
  // The same files, as they are now.
  ConfigFiles looked_at_again() const;

  std::vector<std::string> paths() const;
  bool empty() const { return files_.empty(); }
  bool operator==(const ConfigFiles&) const = default;

 private:
  struct File {
    std::size_t limit = 0;
    ErrorCode error;
    std::string contents;
    bool operator==(const File&) const = default;
  };
  static File file_of(std::size_t limit, const Result<std::string>& contents);

  std::map<std::string, File> files_;
};

// The password in a file, or why there is none.
struct PasswordRead {
  std::string password;
  std::string fault;
};
PasswordRead read_password_file(const std::string& path, ConfigFiles& files);

// Of what could not be read: `limit` is what it was larger than, if it was.
std::string reason_unread(const ErrorCode& error, const char* limit);

}  // namespace relay
