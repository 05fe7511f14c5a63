// Which of the known names a mistyped one was meant to be.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace relay {

// How many letters must be added, dropped, changed or swapped with their neighbour to make one from
// the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// Whether so many slips are believable in a name as long as this; beyond it a suggestion would only
// mislead.
bool is_a_slip(std::size_t distance, std::string_view name);

// The nearest of the names, the first of equals; none where none is near.
std::optional<std::string_view> nearest_name(std::string_view asked,
                                             std::span<const std::string_view> names);

}  // namespace relay
