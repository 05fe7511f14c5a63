# Writes a C++ source with the status page and the API's description in it, run at build time:
#
#   cmake -D PAGE=proxy/control/page -D OPENAPI=proxy/control/openapi.yaml -D SCRIPTS=a.js|b.js -D OUTPUT=embedded.cc -P embed_text.cmake
#
#  (1) The page is one document: style and scripts stand in it, so that a cache or a proxy never has two versions of it at once.
#  (2) The scripts are joined in the order of SCRIPTS, as one module.
#  (3) Its policy names the hash of that style and of that script, and allows no other: nothing that a peer says of itself can
#      become either, were it not escaped.
cmake_minimum_required(VERSION 3.25)

# The base64 of a hash given in hexadecimal digits, which CMake itself cannot make.
function(base64_of hex result)
  set(alphabet ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  string(LENGTH "${hex}" digits)
  math(EXPR over "${digits} % 6")
  set(padding "")
  if(over EQUAL 2)
    string(APPEND hex 0000)
    set(padding ==)
  elseif(over EQUAL 4)
    string(APPEND hex 00)
    set(padding =)
  endif()
  set(text "")
  string(LENGTH "${hex}" digits)
  math(EXPR last "${digits} - 3")
  foreach(at RANGE 0 ${last} 3)  # three digits are two characters
    string(SUBSTRING "${hex}" ${at} 3 part)
    math(EXPR high "0x${part} >> 6")
    math(EXPR low "0x${part} & 63")
    string(SUBSTRING "${alphabet}" ${high} 1 first)
    string(SUBSTRING "${alphabet}" ${low} 1 second)
    string(APPEND text "${first}${second}")
  endforeach()
  string(LENGTH "${padding}" padded)
  string(LENGTH "${text}" length)
  math(EXPR kept "${length} - ${padded}")
  string(SUBSTRING "${text}" 0 ${kept} text)
  set(${result} "${text}${padding}" PARENT_SCOPE)
endfunction()

function(hash_of text result)
  string(SHA256 hex "${text}")
  base64_of("${hex}" hash)
  set(${result} "'sha256-${hash}'" PARENT_SCOPE)
endfunction()

file(READ ${PAGE}/index.html html)
file(READ ${PAGE}/page.css style)
set(script "")
string(REPLACE "|" ";" SCRIPTS "${SCRIPTS}")
foreach(file ${SCRIPTS})
  file(READ ${PAGE}/${file} part)
  string(APPEND script "${part}")
endforeach()
file(READ ${OPENAPI} openapi)

hash_of("${style}" style_hash)
hash_of("${script}" script_hash)
string(CONCAT policy "default-src 'none'; script-src ${script_hash}; style-src ${style_hash}; connect-src 'self'; img-src data:; "
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
string(REPLACE "/*{style}*/" "${style}" html "${html}")
string(REPLACE "/*{script}*/" "${script}" html "${html}")

string(CONCAT source "// Made by common/cmake/embed_text.cmake.\n#include \"proxy/control/embedded.h\"\n\nnamespace relay {\n\n"
  "std::string_view page_template() {\n  return R\"_page_(${html})_page_\";\n}\n\n"
  "std::string_view page_security_policy() {\n  return R\"_page_(${policy})_page_\";\n}\n\n"
  "std::string_view openapi_yaml() {\n  return R\"_page_(${openapi})_page_\";\n}\n\n}  // namespace relay\n")
file(WRITE ${OUTPUT} "${source}")
