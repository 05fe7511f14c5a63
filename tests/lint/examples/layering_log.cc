// as: proxy/log/segment_format.cc
#include "proxy/log/segment_format.h"

#include "common/base/offset.h"
#include "common/base/logging.h"      // BAD
#include "common/io/file.h"           // BAD
#include "proxy/upstream/handshake.h" // BAD
#include "segment_format.h"           // BAD

#include <boost/asio/ip/tcp.hpp>      // BAD BAD
#include <yaml-cpp/yaml.h>            // BAD
#include <string>
