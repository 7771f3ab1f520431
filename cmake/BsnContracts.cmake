# Solidity contracts that the program carries, compiled: contracts/compiled/NAME.json, written by
# scripts/compile-contracts.sh with the pinned compiler.

# bsn_compiled_contracts(TARGET): gives the target `cli/bench/compiled_contracts.hpp`, made of them.
function(bsn_compiled_contracts target)
  foreach(name Evidence Token)
    set(file ${CMAKE_SOURCE_DIR}/contracts/compiled/${name}.json)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} compiled)
    string(JSON BSN_${name}_BYTECODE GET ${compiled} bytecode)
  endforeach()
  configure_file(${CMAKE_SOURCE_DIR}/cmake/compiled_contracts.hpp.in
    ${CMAKE_BINARY_DIR}/generated/contracts/cli/bench/compiled_contracts.hpp @ONLY)
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated/contracts)
endfunction()
