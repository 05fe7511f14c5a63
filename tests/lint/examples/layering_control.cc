// as: proxy/control/routes.cc
#include "proxy/control/routes.h"

#include "proxy/status/status.h"
#include "proxy/metrics/metrics.h"
#include "proxy/history/generations.h"  // BAD

#include <boost/beast/http.hpp>
#include <prometheus/registry.h>
