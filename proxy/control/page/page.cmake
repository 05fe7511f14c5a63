# Compiles the status page and the API's description into relay_control. The scripts are joined in this order.
set(page ${CMAKE_CURRENT_LIST_DIR})
set(scripts dom.js units.js states.js topology.js ruler.js series.js replicas.js cards.js events.js actions.js live.js)
set(embedded ${PROJECT_BINARY_DIR}/proxy/control/embedded.cc)

list(TRANSFORM scripts PREPEND ${page}/ OUTPUT_VARIABLE script_files)
list(JOIN scripts "|" joined)
add_custom_command(OUTPUT ${embedded}
  COMMAND ${CMAKE_COMMAND} -D PAGE=${page} -D OPENAPI=${page}/../openapi.yaml "-DSCRIPTS=${joined}" -D OUTPUT=${embedded}
    -P ${PROJECT_SOURCE_DIR}/common/cmake/embed_text.cmake
  DEPENDS ${PROJECT_SOURCE_DIR}/common/cmake/embed_text.cmake ${page}/../openapi.yaml ${page}/index.html ${page}/page.css
    ${script_files}
  COMMENT "Embedding the status page" VERBATIM)
target_sources(relay_control PRIVATE ${embedded})
