// A file that arrives: FILE.partial, until it is whole.
//
//  (1) Whose bytes these are is written down before the first of them (FILE.partial.etag), so that
//      a download goes on only where it was begun. Without that there is nothing to go on from.
//  (2) FILE is replaced in one step, when the bytes are on the disk; until then what was there
//      stays.
//  (3) One download at a time: the partial file is locked.
//  (4) It is readable for its owner alone: a snapshot is the dataset.
//
// Threading: blocks; one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace relay {

class PartialFile {
 public:
  // Throws CtlFault, as all of them do.
  explicit PartialFile(std::string file);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  const std::string& file() const { return file_; }
  std::string path() const { return file_ + ".partial"; }
  std::uint64_t size() const { return size_; }
  const std::string& etag() const { return etag_; }  // "": it cannot be gone on with

  void begin(const std::string& etag);  // anew, with nothing in it
  void append(std::string_view bytes);
  void read_back(const std::function<void(std::string_view)>& take) const;
  void complete();  // FILE is there now
  void discard();

 private:
  std::string etag_file() const { return path() + ".etag"; }
  [[noreturn]] void fail(std::string_view what) const;

  const std::string file_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::string etag_;
};

}  // namespace relay
