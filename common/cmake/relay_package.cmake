# The Debian package: `cpack -G DEB --config build/release/CPackConfig.cmake` after a build. tests/package/run.sh tries it.
#
#  (1) What is installed where is said here alone, for `cmake --install` too: with --prefix /usr the layout is the package's.
#  (2) The manual page is made of --help, so that needs python3; without it there is no page, and no package.
#  (3) The same source and SOURCE_DATE_EPOCH give the same files.

find_package(Python3 QUIET COMPONENTS Interpreter)

set(RELAY_MAINTAINER "psync-relay maintainers <maintainers@psync-relay.example>" CACHE STRING "Who answers for the package")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1 CACHE STRING "Which package of the same version this is")
set(RELAY_PACKAGE_VERSION ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
string(TIMESTAMP RELAY_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, if it is set

include(GNUInstallDirs)
set(package_source ${PROJECT_SOURCE_DIR}/deploy/package)
set(package_made ${CMAKE_CURRENT_BINARY_DIR}/package)
set(package_doc ${CMAKE_INSTALL_DATAROOTDIR}/doc/psync-relay)

install(TARGETS psync-relay RUNTIME DESTINATION bin)
install(FILES ${PROJECT_SOURCE_DIR}/config.example.yaml DESTINATION ${package_doc}/examples)
install(FILES ${package_source}/copyright DESTINATION ${package_doc})
install(FILES ${package_source}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides RENAME psync-relay)
install(FILES ${package_source}/psync-relay.yaml DESTINATION /etc/psync-relay)
install(DIRECTORY DESTINATION /var/lib/psync-relay)
file(GLOB units CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/deploy/systemd/*.service ${PROJECT_SOURCE_DIR}/deploy/systemd/*.socket)
install(FILES ${units} DESTINATION /lib/systemd/system)

if(NOT Python3_Interpreter_FOUND)
  message(STATUS "package: no python3, so no manual page and no package")
  return()
endif()

configure_file(${package_source}/changelog.in ${package_made}/changelog @ONLY)
add_custom_command(OUTPUT ${package_made}/psync-relay.1.gz ${package_made}/changelog.Debian.gz ${package_made}/NEWS.gz
  COMMAND ${Python3_EXECUTABLE} -B ${package_source}/man_page.py $<TARGET_FILE:psync-relay> > ${package_made}/psync-relay.1
  COMMAND gzip -9nf ${package_made}/psync-relay.1
  COMMAND gzip -9nc ${package_made}/changelog > ${package_made}/changelog.Debian.gz
  COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md > ${package_made}/NEWS.gz
  DEPENDS psync-relay ${package_source}/man_page.py ${package_made}/changelog ${PROJECT_SOURCE_DIR}/CHANGELOG.md VERBATIM)
add_custom_target(package_documents ALL DEPENDS ${package_made}/psync-relay.1.gz)
install(FILES ${package_made}/psync-relay.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${package_made}/changelog.Debian.gz ${package_made}/NEWS.gz DESTINATION ${package_doc})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR psync-relay)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${RELAY_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package_source}/postinst ${package_source}/prerm ${package_source}/postrm ${package_source}/conffiles)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "replication relay for Redis and Valkey")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"To the master it is one replica; to the replicas it is the master. In
between there is no dataset: only the replication log and one snapshot, on
disk. The master forks once and feeds one replica, however many there are.

Replication ids and offsets are the master's, so that a replica moves
between the master and relays with a partial resync. A restart of the relay
costs no full sync.")
include(CPack)
