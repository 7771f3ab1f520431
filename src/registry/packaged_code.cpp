#include "registry/packaged_code.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {

std::optional<PackagedCode> packaged_code(std::string_view type) {
    const std::size_t colon = type.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view language = type.substr(0, colon);
    if (std::find(k_package_languages.begin(), k_package_languages.end(), language) ==
        k_package_languages.end()) {
        return std::nullopt;
    }
    const std::string_view digits = type.substr(colon + 1);
    const auto digest = fixed_from_hex<ledger::Hash>(digits);
    // One package has one name.
    if (!digest || to_hex(*digest) != digits) return std::nullopt;
    return PackagedCode{std::string(language), *digest};
}

std::string type_of(const PackagedCode& code) {
    return fmt::format("{}:{}", code.language, to_hex(code.digest));
}

}  // namespace bsn::registry
