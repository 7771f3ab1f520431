#include "cli/output_file.hpp"

#include <fmt/format.h>

namespace bsn::cli {

Status check_is_new(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) return {};
    return Error{
        Code::already_exists,
        fmt::format("{} is there already; move it away, or choose another name", file.string())};
}

}  // namespace bsn::cli
