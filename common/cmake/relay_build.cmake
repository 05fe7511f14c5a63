# The flags every target is built with, and the one way to declare a library of this project.

option(RELAY_WERROR "Treat warnings as errors" ON)
option(RELAY_ASAN "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(RELAY_TSAN "ThreadSanitizer" OFF)
option(RELAY_COVERAGE "gcov counters" OFF)
option(RELAY_FUZZ "libFuzzer targets (clang only)" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(relay_build_flags INTERFACE)
target_include_directories(relay_build_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(relay_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wconversion -Wsign-conversion
  -Wnull-dereference -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough
  -fno-omit-frame-pointer -fstack-protector-strong)
if(RELAY_WERROR)
  target_compile_options(relay_build_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(relay_build_flags INTERFACE -fcoroutines -Wduplicated-cond -Wlogical-op
    # g++ 12 reports null dereferences and overreads inside its own library under -O2 and the sanitizers.
    -Wno-null-dereference -Wno-stringop-overread -Wno-stringop-overflow -Wno-array-bounds -Wno-maybe-uninitialized
    -Wno-restrict
    # ... and sees half of the allocation of a coroutine frame once Asio has inlined it.
    -Wno-mismatched-new-delete)
endif()
target_compile_definitions(relay_build_flags INTERFACE
  # Asio and Beast are compiled once, in common/io/asio.cc; without this every file pays for them.
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
  RELAY_VERSION="${PROJECT_VERSION}")
if(RELAY_ASAN)
  target_compile_options(relay_build_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(relay_build_flags INTERFACE -fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # clang 14 cannot compile coroutines under -fsanitize=function.
    target_compile_options(relay_build_flags INTERFACE -fno-sanitize=function)
  endif()
endif()
if(RELAY_TSAN)
  # ThreadSanitizer does not know fences. Asio's stand beside mutexes that it does know; without them it sees all there is.
  target_compile_options(relay_build_flags INTERFACE -fsanitize=thread $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_compile_definitions(relay_build_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  target_link_options(relay_build_flags INTERFACE -fsanitize=thread)
endif()
if(RELAY_COVERAGE)
  target_compile_options(relay_build_flags INTERFACE --coverage)
  target_link_options(relay_build_flags INTERFACE --coverage)
endif()

# relay_library(<name> <folder> <libraries...> [EXCLUDE <file>...]): the .cc files directly in a folder.
function(relay_library name folder)
  cmake_parse_arguments(ARG "" "" "EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  foreach(file ${ARG_EXCLUDE})
    list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/${folder}/${file})
  endforeach()
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC relay_build_flags ${ARG_UNPARSED_ARGUMENTS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE relay_build_flags ${ARG_UNPARSED_ARGUMENTS})
  endif()
endfunction()

# relay_tests(<name> <folder> <libraries...>): one GoogleTest program of the *_test.cc files of a folder, each test known to ctest.
function(relay_tests name folder)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${sources})
  # What is tested is compiled as it is shipped; the tests themselves are only to be compiled soon.
  target_compile_options(${name} PRIVATE -Og -g1)
  target_link_libraries(${name} PRIVATE relay_build_flags ${ARG_UNPARSED_ARGUMENTS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
