// as: proxy/relay.cc
#include "proxy/relay.h"

#include "proxy/control/http_server.h"
#include "proxy/downstream/replica_listener.h"
#include "proxy/upstream/upstream_link.h"
