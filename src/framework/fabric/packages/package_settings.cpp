#include "framework/fabric/packages/package_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bsn::framework::fabric {

Status PackageSettings::check_language(const std::string& language) const {
    if (std::find(languages.begin(), languages.end(), language) != languages.end()) return {};
    const std::string others =
        languages.empty() ? "it runs no packages"
                          : fmt::format("it runs those in {} only", fmt::join(languages, ", "));
    return Error{Code::forbidden,
                 fmt::format("this city node runs no packages in {}: {}; its operator allows them "
                             "by `languages` under `fabric: packages:` in node.yaml",
                             language, others)};
}

}  // namespace bsn::framework::fabric
