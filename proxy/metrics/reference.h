// The table of names.h as a page of the documentation, REFERENCE.md in this folder.
//
// The page is made, never edited; a unit test compares it with the table, so that it cannot say
// anything else.
#pragma once

#include <string>

namespace relay {

std::string metrics_reference();

}  // namespace relay
