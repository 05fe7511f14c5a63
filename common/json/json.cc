// Boost.JSON's own code, compiled here once: whoever links relay_json includes <boost/json/...> and
// sees declarations alone.
#include <boost/json/src.hpp>
