#include "proxy/control/problem.h"

#include "common/base/json_writer.h"

#include <boost/beast/http/status.hpp>

namespace relay {

std::string_view title_of(unsigned status) {
  const auto title = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {title.data(), title.size()};
}

HttpResponse problem(unsigned status, std::string_view detail, std::string_view instance,
                     const std::vector<std::string>& errors) {
  JsonWriter json;
  json.begin_object()
      .member("type", "about:blank")
      .member("title", title_of(status))
      .member("status", status)
      .member("detail", detail)
      .member("instance", instance);
  if (!errors.empty()) {
    json.key("errors").begin_array();
    for (const std::string& error : errors) json.value(error);
    json.end_array();
  }
  json.end_object();
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = json.take() + "\n";
  return response;
}

}  // namespace relay
