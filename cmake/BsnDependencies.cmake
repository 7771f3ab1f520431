# Third-party libraries, each as a target ext::NAME, so that the module table reads the same whatever
# way a library is found. Imported targets are system headers: our warnings do not apply to them.
#
# scripts/packages.txt lists the Debian packages that provide them.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(CLI11 2 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
pkg_check_modules(SECP256K1 REQUIRED IMPORTED_TARGET GLOBAL libsecp256k1)
pkg_check_modules(CRYPTOPP REQUIRED IMPORTED_TARGET GLOBAL libcrypto++)
find_package(ZLIB REQUIRED)
pkg_check_modules(GMP REQUIRED IMPORTED_TARGET GLOBAL gmp)
pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET GLOBAL jemalloc)
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET GLOBAL libqrencode)
# Linked only: one source file includes its headers, and gets the folders by itself. Others keep their
# command lines, and the compiler's cache.
pkg_check_modules(PANGOCAIRO REQUIRED pangocairo cairo-pdf)
add_library(bsn_pangocairo INTERFACE IMPORTED GLOBAL)
target_link_libraries(bsn_pangocairo INTERFACE ${PANGOCAIRO_LINK_LIBRARIES})
list(TRANSFORM PANGOCAIRO_INCLUDE_DIRS PREPEND "-isystem" OUTPUT_VARIABLE BSN_PANGOCAIRO_OPTIONS)

# PKCS#11's header only: an operator's module is loaded while bsn runs.
pkg_check_modules(P11KIT REQUIRED p11-kit-1)
add_library(bsn_pkcs11 INTERFACE IMPORTED GLOBAL)
target_include_directories(bsn_pkcs11 INTERFACE ${P11KIT_INCLUDE_DIRS})
target_link_libraries(bsn_pkcs11 INTERFACE ${CMAKE_DL_LIBS})

# RocksDB's own CMake package wants five compression libraries that the shared library brings along.
find_path(ROCKSDB_INCLUDE_DIR rocksdb/db.h REQUIRED)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
mark_as_advanced(ROCKSDB_INCLUDE_DIR ROCKSDB_LIBRARY)
add_library(bsn_rocksdb UNKNOWN IMPORTED GLOBAL)
set_target_properties(bsn_rocksdb PROPERTIES
  IMPORTED_LOCATION ${ROCKSDB_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${ROCKSDB_INCLUDE_DIR})

# Boost is headers only, and exactly 1.81: Debian 12 also has 1.74, and the two must not meet.
find_path(BSN_BOOST_INCLUDE_DIR boost/beast/core.hpp REQUIRED)
file(STRINGS ${BSN_BOOST_INCLUDE_DIR}/boost/version.hpp boost_version REGEX "define BOOST_VERSION ")
if(NOT boost_version MATCHES "108100")
  message(FATAL_ERROR "${BSN_BOOST_INCLUDE_DIR}/boost is not Boost 1.81 (${boost_version}). "
    "Install libboost1.81-dev, or set -DBSN_BOOST_INCLUDE_DIR=<folder that holds boost/>.")
endif()
add_library(bsn_boost INTERFACE IMPORTED GLOBAL)
target_include_directories(bsn_boost INTERFACE ${BSN_BOOST_INCLUDE_DIR})
target_compile_definitions(bsn_boost INTERFACE
  BOOST_ALL_NO_LIB BOOST_ERROR_CODE_HEADER_ONLY BOOST_SYSTEM_NO_DEPRECATED BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(bsn_boost INTERFACE Threads::Threads)

add_library(bsn_spdlog INTERFACE IMPORTED GLOBAL)
target_link_libraries(bsn_spdlog INTERFACE spdlog::spdlog fmt::fmt)
target_compile_definitions(bsn_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
add_library(bsn_openssl INTERFACE IMPORTED GLOBAL)
target_link_libraries(bsn_openssl INTERFACE OpenSSL::SSL OpenSSL::Crypto)
# yaml-cpp 0.7 exports a target without a namespace.
add_library(bsn_yaml INTERFACE IMPORTED GLOBAL)
target_link_libraries(bsn_yaml INTERFACE yaml-cpp)

add_library(ext::fmt ALIAS fmt::fmt)
add_library(ext::spdlog ALIAS bsn_spdlog)
add_library(ext::json ALIAS nlohmann_json::nlohmann_json)
add_library(ext::yaml ALIAS bsn_yaml)
add_library(ext::threads ALIAS Threads::Threads)
add_library(ext::openssl ALIAS bsn_openssl)
add_library(ext::secp256k1 ALIAS PkgConfig::SECP256K1)
add_library(ext::cryptopp ALIAS PkgConfig::CRYPTOPP)
add_library(ext::gmp ALIAS PkgConfig::GMP)
add_library(ext::pangocairo ALIAS bsn_pangocairo)
add_library(ext::qrencode ALIAS PkgConfig::QRENCODE)
add_library(ext::jemalloc ALIAS PkgConfig::JEMALLOC)
add_library(ext::rocksdb ALIAS bsn_rocksdb)
add_library(ext::boost ALIAS bsn_boost)
add_library(ext::pkcs11 ALIAS bsn_pkcs11)
add_library(ext::cli11 ALIAS CLI11::CLI11)

if(BSN_TESTS)
  find_package(GTest 1.12 REQUIRED)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()
