# The Rust crate evm/ as ext::evm, a static library that cargo builds.
#
# One target folder serves all presets, build/rust, since it takes minutes: it is always optimised, and knows no
# sanitizers. -DBSN_RUST_DIR=<folder> shares it with other clones.

set(BSN_RUST_DIR ${CMAKE_SOURCE_DIR}/build/rust CACHE PATH "Where cargo builds")
# rustup's before Debian's: the latter may be too old.
find_program(BSN_CARGO cargo HINTS $ENV{HOME}/.cargo/bin NO_DEFAULT_PATH)
find_program(BSN_CARGO cargo REQUIRED)

file(GLOB_RECURSE evm_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/evm/src/*.rs)
set(evm_library ${BSN_RUST_DIR}/release/libbsn_evm.a)
set(evm_cargo ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${BSN_RUST_DIR} ${BSN_CARGO})
add_custom_command(OUTPUT ${evm_library}
  DEPENDS ${evm_sources} ${CMAKE_SOURCE_DIR}/evm/Cargo.toml ${CMAKE_SOURCE_DIR}/evm/Cargo.lock
  COMMAND ${evm_cargo} build --release --locked --quiet
  # Another preset may have built it: cargo then does nothing, and the file has to be new all the same.
  COMMAND ${CMAKE_COMMAND} -E touch ${evm_library}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/evm
  COMMENT "Building the EVM (cargo)" VERBATIM)
add_custom_target(bsn_evm_library DEPENDS ${evm_library})

add_library(bsn_evm INTERFACE)
add_dependencies(bsn_evm bsn_evm_library)
target_include_directories(bsn_evm SYSTEM INTERFACE ${CMAKE_SOURCE_DIR}/evm/include)
target_link_libraries(bsn_evm INTERFACE ${evm_library} Threads::Threads ${CMAKE_DL_LIBS} m)
add_library(ext::evm ALIAS bsn_evm)

# The crate's own tests; they compile it once more, as a program.
function(bsn_rust_tests)
  add_test(NAME evm.cargo COMMAND ${evm_cargo} test --release --locked --quiet
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/evm)
  set_tests_properties(evm.cargo PROPERTIES LABELS unit TIMEOUT 900)
endfunction()
