// What a call returns whose caller must choose what a failure means: the value, or an error code.
// Failures of the system carry errno; failures of bytes on disk carry DataError, so that "cut
// short" and "damaged" stay different outcomes all the way up.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cerrno>
#include <string>

namespace relay {

using ErrorCode = boost::system::error_code;

template <typename T>
using Result = boost::system::result<T, ErrorCode>;

enum class DataError {
  kTorn = 1,     // the data ends in the middle of an element: a crash cut it short
  kDamaged,      // the data is there and its checksum says it is not what was written
  kUnsupported,  // written by a version of the relay that this one cannot read
  kTrimmed,      // no longer held
};

const boost::system::error_category& data_category();
ErrorCode make_error_code(DataError error);

inline ErrorCode errno_code() { return {errno, boost::system::system_category()}; }

}  // namespace relay

template <>
struct boost::system::is_error_code_enum<relay::DataError> : std::true_type {};
