#include "framework/fabric/packages/toolchain.hpp"

#include "framework/fabric/packages/contract_tls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view k_node_server = "node_modules/fabric-shim/cli.js";
constexpr const char* k_go_places[]{"/usr/local/go/bin/go"};

/// Of the node's own environment: which registries builds use, and through what.
constexpr const char* k_registries[]{"GOPROXY",
                                     "GONOSUMDB",
                                     "GOSUMDB",
                                     "GOPRIVATE",
                                     "GONOPROXY",
                                     "HTTP_PROXY",
                                     "HTTPS_PROXY",
                                     "NO_PROXY",
                                     "http_proxy",
                                     "https_proxy",
                                     "no_proxy",
                                     "npm_config_registry",
                                     "NODE_EXTRA_CA_CERTS",
                                     "SSL_CERT_FILE",
                                     "SSL_CERT_DIR"};

std::vector<std::string> registries() {
    std::vector<std::string> found;
    for (const char* name : k_registries) {
        if (const char* value = std::getenv(name); value != nullptr) {
            found.push_back(fmt::format("{}={}", name, value));
        }
    }
    return found;
}

/// A tool of this machine, with its own folder if that is not the system's.
struct Tool {
    std::string file;
    std::vector<Visible> visible;
};

Tool tool_at(const fs::path& file) {
    std::error_code ignored;
    const fs::path real = fs::canonical(file, ignored);
    Tool tool{file.string(), {}};
    if (ignored || real.string().starts_with("/usr/")) return tool;
    // PREFIX/bin/PROGRAM: all of PREFIX is the tool's.
    const fs::path prefix = real.parent_path().parent_path();
    tool.file = real.string();
    tool.visible.push_back({prefix, prefix.string(), false});
    return tool;
}

Result<Tool> tool_for(const char* name, const char* language) {
    auto found = find_program(name);
    if (found) return tool_at(*found);
    if (std::string_view(name) == "go") {
        for (const char* place : k_go_places) {
            if (fs::exists(place)) return tool_at(place);
        }
    }
    return Error{Code::unavailable,
                 fmt::format("contracts in {} need the program `{}` on this city node, and it is "
                             "not in PATH",
                             language, name)};
}

/// One ready .jar at the top of a folder, or the one that a build made of several.
fs::path jar_in(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".jar") || name.starts_with("original-") ||
            name.ends_with("-sources.jar") || name.ends_with("-javadoc.jar")) {
            continue;
        }
        if (name == "chaincode.jar") return entry.path();
        found.push_back(entry.path());
    }
    return found.size() == 1 ? found.front() : fs::path();
}

fs::path contract_jar(const fs::path& folder) {
    const fs::path ready = jar_in(folder / "src");
    return ready.empty() ? jar_in(folder / "src" / "target") : ready;
}

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(fs::symlink_status(path, ignored));
}

bool holds(const CodePackage& package, std::string_view name) {
    return std::any_of(package.files.begin(), package.files.end(),
                       [&](const ArchiveFile& file) { return file.name == name; });
}

Result<BuildStep> build_go(const CodePackage& package, const BuildFolders& folders) {
    BSN_TRY(go, tool_for("go", "Go"));
    BuildStep step{"go build",
                   {{go.file, "build", "-trimpath", "-buildvcs=false", "-o",
                     folders.build + "/contract", package.path},
                    std::move(go.visible)},
                   registries()};
    step.environment.insert(
        step.environment.end(),
        {"HOME=" + folders.build + "/home", "TMPDIR=" + folders.build + "/tmp",
         "GOPATH=" + folders.build + "/home/go", "GOCACHE=" + folders.cache + "/go-build",
         "GOMODCACHE=" + folders.cache + "/go-mod", "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local",
         "GOENV=off", "CGO_ENABLED=0"});
    return step;
}

Result<BuildStep> install_npm(const BuildFolders& folders) {
    BSN_TRY(node, tool_for("node", "JavaScript"));
    BSN_TRY(npm, tool_for("npm", "JavaScript"));
    // By its file: what `npm` says first is to look for `node` in PATH.
    BuildStep step{"npm ci",
                   {{node.file, fs::canonical(npm.file).string(), "ci", "--omit=dev",
                     "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"},
                    std::move(node.visible)},
                   registries()};
    step.environment.insert(step.environment.end(),
                            {"HOME=" + folders.build + "/home", "TMPDIR=" + folders.build + "/tmp",
                             "npm_config_cache=" + folders.cache + "/npm"});
    return step;
}

Result<BuildStep> build_maven(const BuildFolders& folders) {
    BSN_TRY(maven, tool_for("mvn", "Java"));
    BuildStep step{"mvn package",
                   {{maven.file, "-q", "-B", "-DskipTests",
                     "-Dmaven.repo.local=" + folders.cache + "/maven", "package"},
                    std::move(maven.visible)},
                   registries()};
    step.environment.insert(step.environment.end(),
                            {"HOME=" + folders.build + "/home",
                             fmt::format("MAVEN_OPTS=-Duser.home={0}/home -Djava.io.tmpdir={0}/tmp "
                                         "-Xmx1g",
                                         folders.build)});
    return step;
}

}  // namespace

Result<std::vector<BuildStep>> build_steps(const CodePackage& package,
                                           const BuildFolders& folders) {
    std::vector<BuildStep> steps;
    if (package.language == "golang") {
        BSN_TRY(step, build_go(package, folders));
        steps.push_back(std::move(step));
    } else if (package.language == "node" && holds(package, "package-lock.json")) {
        BSN_TRY(step, install_npm(folders));
        steps.push_back(std::move(step));
    } else if (package.language == "java" && holds(package, "pom.xml")) {
        BSN_TRY(step, build_maven(folders));
        steps.push_back(std::move(step));
    }
    return steps;
}

Status check_built(const std::string& language, const fs::path& folder) {
    if (language == "golang" && !is_file(folder / "contract")) {
        return Error{Code::contract_failed, "the package cannot be built: its path is no `main`"};
    }
    if (language == "node" && !is_file(folder / "src" / k_node_server)) {
        return Error{Code::contract_failed,
                     "the package cannot be run: it does not depend on fabric-shim"};
    }
    if (language == "java" && contract_jar(folder).empty()) {
        return Error{Code::contract_failed,
                     "the package cannot be run: its build makes neither chaincode.jar nor exactly "
                     "one .jar in target/"};
    }
    return {};
}

std::vector<std::string> contract_environment(const ServedAt& at, std::uint64_t memory_mb) {
    return {"HOME=/tmp", "CHAINCODE_SERVER_ADDRESS=" + at.address,
            "CORE_CHAINCODE_ID_NAME=" + at.package_id, "CHAINCODE_ID=" + at.package_id,
            "CORE_CHAINCODE_LOGGING_LEVEL=info", "CORE_CHAINCODE_LOGGING_SHIM=warning",
            // As the libraries for Go and Java call them.
            "CORE_PEER_TLS_ENABLED=true", "CORE_TLS_CLIENT_CERT_FILE=" + at.certificate,
            "CORE_TLS_CLIENT_KEY_FILE=" + at.key,
            "CORE_PEER_TLS_ROOTCERT_FILE=" + at.client_authority,
            // Java's wants both forms, whether it is a server or not.
            fmt::format("CORE_TLS_CLIENT_CERT_PATH={}{}", at.certificate, k_base64_suffix),
            fmt::format("CORE_TLS_CLIENT_KEY_PATH={}{}", at.key, k_base64_suffix),
            // As samples of chaincode that is a service do.
            "CHAINCODE_TLS_DISABLED=false", "CHAINCODE_TLS_CERT=" + at.certificate,
            "CHAINCODE_TLS_KEY=" + at.key, "CHAINCODE_CLIENT_CA_CERT=" + at.client_authority,
            fmt::format("GOMEMLIMIT={}MiB", memory_mb * 3 / 4)};
}

Result<Program> contract_program(const std::string& language, const fs::path& folder,
                                 const std::string& inside, const ServedAt& at,
                                 std::uint64_t memory_mb) {
    if (language == "golang") return Program{{inside + "/contract"}, {}};
    if (language == "node") {
        BSN_TRY(node, tool_for("node", "JavaScript"));
        return Program{{node.file, fmt::format("--max-old-space-size={}", memory_mb / 2),
                        fmt::format("{}/src/{}", inside, k_node_server), "server",
                        "--chaincode-address", at.address, "--chaincode-id", at.package_id,
                        "--chaincode-tls-cert-file", at.certificate, "--chaincode-tls-key-file",
                        at.key, "--chaincode-tls-client-cacert-file", at.client_authority},
                       std::move(node.visible)};
    }
    BSN_TRY(java, tool_for("java", "Java"));
    const fs::path jar = contract_jar(folder).lexically_relative(folder);
    return Program{{java.file, fmt::format("-Xmx{}m", memory_mb / 2),
                    fmt::format("-XX:MaxMetaspaceSize={}m", memory_mb / 4), "-XX:+UseSerialGC",
                    "-jar", fmt::format("{}/{}", inside, jar.generic_string())},
                   std::move(java.visible)};
}

}  // namespace bsn::framework::fabric
