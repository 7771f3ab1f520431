# The C++ client, bsn::client: clients/cpp. One static library that has all of ours in it which it uses, so that whoever
# installs it needs the header, the archive and the CMake package only, and Debian's libraries.
#
# bsn_client_library(): target bsn_client; install component `client`.
function(bsn_client_library)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/clients/cpp/src/*.cpp)
  set(objects "")
  foreach(module IN ITEMS api ledger store net crypto base)
    list(APPEND objects $<TARGET_OBJECTS:bsn_${module}>)
  endforeach()
  add_library(bsn_client STATIC ${sources} ${objects})
  target_include_directories(bsn_client
    PUBLIC
      $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/clients/cpp/include>
      $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>
      $<INSTALL_INTERFACE:include>
    PRIVATE ${CMAKE_SOURCE_DIR}/clients/cpp/src)
  target_compile_features(bsn_client PUBLIC cxx_std_20)
  target_link_libraries(bsn_client PRIVATE
    $<BUILD_INTERFACE:bsn_options> $<BUILD_INTERFACE:ext::fmt> $<BUILD_INTERFACE:ext::spdlog>
    $<BUILD_INTERFACE:ext::json> $<BUILD_INTERFACE:ext::boost>)

  include(GNUInstallDirs)
  include(CMakePackageConfigHelpers)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/bsn)
  configure_file(${CMAKE_SOURCE_DIR}/clients/cpp/bsnConfig.cmake.in ${CMAKE_BINARY_DIR}/package/bsnConfig.cmake @ONLY)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/bsnConfigVersion.cmake
    VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
  install(TARGETS bsn_client ARCHIVE COMPONENT client EXCLUDE_FROM_ALL)
  install(FILES ${CMAKE_SOURCE_DIR}/clients/cpp/include/bsn/client.hpp
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bsn COMPONENT client EXCLUDE_FROM_ALL)
  install(FILES ${CMAKE_SOURCE_DIR}/src/base/result.hpp
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bsn/base COMPONENT client EXCLUDE_FROM_ALL)
  install(FILES ${CMAKE_BINARY_DIR}/package/bsnConfig.cmake ${CMAKE_BINARY_DIR}/package/bsnConfigVersion.cmake
    DESTINATION ${package} COMPONENT client EXCLUDE_FROM_ALL)
endfunction()
