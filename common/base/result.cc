#include "common/base/result.h"

namespace relay {
namespace {

// error_category's destructor is not virtual; nobody owns a category through its base.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class DataCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "data"; }
  std::string message(int value) const override {
    switch (static_cast<DataError>(value)) {
      case DataError::kTorn:
        return "cut short";
      case DataError::kDamaged:
        return "damaged";
      case DataError::kUnsupported:
        return "written by a version this one cannot read";
      case DataError::kTrimmed:
        return "no longer held";
    }
    return "unknown";
  }
};
#pragma GCC diagnostic pop

}  // namespace

const boost::system::error_category& data_category() {
  static const DataCategory category;
  return category;
}

ErrorCode make_error_code(DataError error) { return {static_cast<int>(error), data_category()}; }

}  // namespace relay
