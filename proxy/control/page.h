// The status page: one document. Without JavaScript it is tables, written here from a Status; with
// it, page/*.js puts the live view in their place.
//
//  (1) The tables are one picture, from one Status. They list the kMostRows replicas in most
//      trouble and say how many there are.
//  (2) Nothing of what a peer, a master or a file says becomes markup (html_writer.h).
//  (3) `data-admin="true"` in the document is what makes the script offer actions. It is no
//      protection: the read-only listener has no such routes.
//
// A pure function. The document is to be served with page_security_policy() (embedded.h).
#pragma once

#include "proxy/status/status.h"

#include <cstddef>
#include <string>
#include <vector>

namespace relay {

enum class PageAudience { kReaders, kAdmins };  // who may open the listener it is served by

inline constexpr std::size_t kMostRows = 100;
inline constexpr std::size_t kMostEventRows = 20;

// `events` are the last ones, each an object of JSON, the oldest first.
std::string page(const Status& status, PageAudience audience,
                 const std::vector<std::string>& events = {});

}  // namespace relay
