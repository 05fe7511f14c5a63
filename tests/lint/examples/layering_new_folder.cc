// as: proxy/cluster/slots.cc
#include "proxy/log/replication_log.h"  // BAD
