// The entry point that libFuzzer calls with each input.
#include "fuzz/laws.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    bsn::fuzz::run(bsn::ByteView(data, size));
    return 0;
}
