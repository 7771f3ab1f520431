#include "framework/fabric/chaincode/code_package.hpp"

#include "framework/fabric/chaincode/archive_reader.hpp"
#include "registry/packaged_code.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_source = "src/";
constexpr std::size_t k_max_label = 100;
constexpr std::size_t k_max_path = 400;

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

const ArchiveFile* find(const std::vector<ArchiveFile>& files, std::string_view name) {
    const auto found = std::find_if(files.begin(), files.end(),
                                    [&](const ArchiveFile& one) { return one.name == name; });
    return found == files.end() ? nullptr : &*found;
}

bool is_label(std::string_view text) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= k_max_label && plain(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return plain(c) || std::string_view("_.+-").find(c) != std::string_view::npos;
           });
}

/// An import path stands in a command line: it must not look like an option of it.
bool is_import_path(std::string_view text) {
    return text.size() <= k_max_path && (text.empty() || text.front() != '-') &&
           text.find("..") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("/._~-").find(c) != std::string_view::npos;
           });
}

Status read_metadata(ByteView bytes, CodePackage& package) {
    const Json json = Json::parse(as_text(bytes), nullptr, false);
    const auto text = [&](const char* name) {
        const auto member = json.find(name);
        return member != json.end() && member->is_string() ? member->get<std::string>()
                                                           : std::string();
    };
    if (!json.is_object()) return invalid("the package's metadata.json is no JSON object");
    package.language = text("type");
    package.label = text("label");
    package.path = text("path");
    if (package.language == "ccaas" || package.language == "external") {
        return invalid(
            "the package holds no code, only the address of a service; name one of type "
            "golang, node or java");
    }
    const auto& languages = registry::k_package_languages;
    if (std::find(languages.begin(), languages.end(), package.language) == languages.end()) {
        return invalid(
            fmt::format("the package's metadata.json names an unknown type; there are {}",
                        fmt::join(languages, ", ")));
    }
    if (!is_label(package.label)) {
        return invalid(
            "the package's label must begin with a letter or digit, and be of at most "
            "100 letters, digits and _ . + -");
    }
    if (package.language != "golang") package.path.clear();
    if (is_import_path(package.path)) return {};
    return invalid("the package's path is no import path of Go");
}

std::size_t jars_of(const std::vector<ArchiveFile>& files) {
    return static_cast<std::size_t>(
        std::count_if(files.begin(), files.end(), [](const ArchiveFile& file) {
            return file.name.ends_with(".jar") && file.name.find('/') == std::string::npos;
        }));
}

/// What the language's tools need to build it.
Status check_buildable(const CodePackage& package) {
    const auto has = [&](const char* name) { return find(package.files, name) != nullptr; };
    if (package.language == "golang" && !has("go.mod")) {
        return invalid("a package of type golang needs go.mod at the top of its source");
    }
    if (package.language == "node") {
        if (!has("package.json")) {
            return invalid("a package of type node needs package.json at the top of its source");
        }
        const bool modules = std::any_of(
            package.files.begin(), package.files.end(),
            [](const ArchiveFile& file) { return file.name.starts_with("node_modules/"); });
        if (!has("package-lock.json") && !modules) {
            return invalid(
                "a package of type node needs package-lock.json, which says what to "
                "install, or node_modules with all of that");
        }
    }
    if (package.language == "java" && !has("pom.xml") && jars_of(package.files) != 1) {
        return invalid(
            "a package of type java needs pom.xml, or one ready .jar, at the top of its "
            "source");
    }
    return {};
}

/// The module's own path, of go.mod.
Result<std::string> module_of(ByteView go_mod) {
    std::string_view rest = as_text(go_mod);
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (!line.starts_with("module ")) continue;
        line.remove_prefix(7);
        line = line.substr(0, line.find("//"));
        while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
        while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
        if (!line.empty() && is_import_path(line)) return std::string(line);
    }
    return invalid("go.mod names no module");
}

}  // namespace

Result<CodePackage> read_code_package(ByteView bytes) {
    if (bytes.size() > k_max_package_bytes) {
        return Error{Code::too_large, fmt::format("a package has at most {} MiB, and this one {}",
                                                  k_max_package_bytes >> 20, bytes.size() >> 20)};
    }
    BSN_TRY(outer,
            read_archive(bytes, {.unpacked_bytes = k_max_package_bytes + (1U << 20), .files = 16}));
    const ArchiveFile* metadata = find(outer, "metadata.json");
    const ArchiveFile* code = find(outer, "code.tar.gz");
    if (metadata == nullptr || code == nullptr) {
        return invalid("this is no package of chaincode: it needs metadata.json and code.tar.gz");
    }
    CodePackage package;
    BSN_CHECK(read_metadata(metadata->content, package));
    auto inner = read_archive(code->content, {});
    if (!inner) return inner.error().within("code.tar.gz");
    for (ArchiveFile& file : *inner) {
        if (!file.name.starts_with(k_source)) continue;  // META-INF: indexes of other databases
        file.name.erase(0, k_source.size());
        package.files.push_back(std::move(file));
    }
    std::sort(package.files.begin(), package.files.end(),
              [](const ArchiveFile& a, const ArchiveFile& b) { return a.name < b.name; });
    if (package.files.empty()) return invalid("code.tar.gz holds nothing under src/");
    BSN_CHECK(check_buildable(package));
    if (package.language == "golang" && package.path.empty()) {
        BSN_TRY(module, module_of(find(package.files, "go.mod")->content));
        package.path = std::move(module);
    }
    return package;
}

Bytes write_code_package(const CodePackage& package) {
    std::vector<ArchiveFile> inner = package.files;
    for (ArchiveFile& file : inner) file.name.insert(0, k_source);
    std::sort(inner.begin(), inner.end(),
              [](const ArchiveFile& a, const ArchiveFile& b) { return a.name < b.name; });
    const Json metadata{
        {"type", package.language}, {"label", package.label}, {"path", package.path}};
    const std::vector<ArchiveFile> outer{{"metadata.json", to_bytes(metadata.dump() + "\n")},
                                         {"code.tar.gz", make_archive(inner)}};
    return make_archive(outer);
}

}  // namespace bsn::framework::fabric
