// as: proxy/downstream/replica_session.cc
#include "proxy/downstream/replica_session.h"

#include "common/io/deadline.h"
#include "proxy/history/history.h"
#include "proxy/upstream/upstream_link.h"  // BAD
#include "proxy/control/routes.h"          // BAD

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http.hpp>            // BAD
