#include "framework/fabric/packages/confinement.hpp"

#include "base/program.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <unistd.h>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds k_try{10};
constexpr std::size_t k_most_said = 64U << 10;
constexpr std::uint64_t k_mib = 1U << 20;
constexpr std::uint64_t k_temporary_mb = 64;  ///< of /tmp, in memory
constexpr std::uint64_t k_open_files = 4'096;

/// What programs need of the system to run and to reach registries of packages: no home, no data.
constexpr const char* k_system[]{"/usr",
                                 "/etc/alternatives",
                                 "/etc/ca-certificates",
                                 "/etc/group",
                                 "/etc/host.conf",
                                 "/etc/hosts",
                                 "/etc/java-17-openjdk",
                                 "/etc/ld.so.cache",
                                 "/etc/localtime",
                                 "/etc/maven",
                                 "/etc/nsswitch.conf",
                                 "/etc/passwd",
                                 "/etc/pki",
                                 "/etc/resolv.conf",
                                 "/etc/ssl"};
constexpr const char* k_merged[]{"/bin", "/lib", "/lib64", "/sbin"};

/// Makes the folders above a path, which bubblewrap itself would open to nobody but root.
void add_parents(std::vector<std::string>& words, const fs::path& path) {
    const fs::path parent = path.parent_path();
    if (parent == path || parent == "/") return;
    add_parents(words, parent);
    words.insert(words.end(), {"--perms", "0755", "--dir", parent.string()});
}

/// Where /bin and the like are: on most systems links into /usr.
void add_system(std::vector<std::string>& words) {
    std::error_code ignored;
    add_parents(words, "/etc/any");
    for (const char* path : k_system) {
        words.insert(words.end(), {"--ro-bind-try", path, path});
    }
    for (const char* path : k_merged) {
        const fs::path target = fs::read_symlink(path, ignored);
        if (!target.empty()) {
            words.insert(words.end(), {"--symlink", target.string(), path});
        } else if (fs::exists(path, ignored)) {
            words.insert(words.end(), {"--ro-bind", path, path});
        }
    }
}

bool is_root() { return ::geteuid() == 0; }

/// Namespaces: its own processes, users, names and files; the network of the system.
std::vector<std::string> namespaces(const std::string& bubblewrap) {
    std::vector<std::string> words{bubblewrap,      "--die-with-parent", "--unshare-pid",
                                   "--unshare-ipc", "--unshare-uts",     "--unshare-cgroup-try"};
    if (is_root()) {
        // Root can become another user of the system, which then owns nothing.
        words.insert(words.end(), {"--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"});
    } else {
        words.emplace_back("--unshare-user");
    }
    add_system(words);
    words.insert(words.end(),
                 {"--proc", "/proc", "--dev", "/dev", "--size",
                  std::to_string(k_temporary_mb * k_mib), "--perms", "1777", "--tmpfs", "/tmp"});
    return words;
}

void add_limits(std::vector<std::string>& words, const Confinement& how) {
    words.insert(
        words.end(),
        {"prlimit", "--core=0", fmt::format("--data={}", how.memory_mb * k_mib),
         fmt::format("--fsize={}", how.file_mb * k_mib), fmt::format("--nofile={}", k_open_files),
         fmt::format("--nproc={}", how.processes)});
    if (how.cpu_seconds != 0) words.push_back(fmt::format("--cpu={}", how.cpu_seconds));
    words.emplace_back("--");
}

}  // namespace

Result<fs::path> find_program(std::string_view name) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
        if (folder.empty() || folder.front() != '/') continue;
        const fs::path file = fs::path(folder) / name;
        if (::access(file.c_str(), X_OK) == 0) return file;
    }
    return Error{Code::not_found, fmt::format("there is no program `{}`", name)};
}

Result<Confiner> Confiner::find(Isolation isolation) {
    for (const char* name : {"nice", "prlimit", "setpriv", "env"}) {
        if (!find_program(name)) {
            return Error{Code::unavailable,
                         fmt::format("packages need the program `{}`: install coreutils and "
                                     "util-linux",
                                     name)};
        }
    }
    Confiner found;
    std::string why = "there is no program `bwrap`; install bubblewrap";
    if (auto program = find_program("bwrap")) {
        found.bubblewrap_ = program->string();
        Confinement nothing;
        nothing.user = 1;
        const auto tried = run_program(found.command(nothing, {"true"}), "", k_try, k_most_said);
        if (tried && tried->status == 0) return found;
        why = fmt::format("bubblewrap cannot be used here: {}",
                          tried ? tried->complaints : tried.error().message);
        found.bubblewrap_.clear();
    }
    if (isolation == Isolation::if_possible) return found;
    return Error{Code::unavailable,
                 fmt::format("packages are isolated from this city node by bubblewrap, and {}; or "
                             "let them run as the node's own user: `isolation: if_possible` under "
                             "`fabric: packages:` in node.yaml",
                             why)};
}

std::vector<std::string> Confiner::command(const Confinement& how,
                                           const std::vector<std::string>& program) const {
    std::vector<std::string> words{"/usr/bin/env", "-i"};
    words.insert(words.end(), how.environment.begin(), how.environment.end());
    words.emplace_back("PATH=/usr/local/bin:/usr/bin:/bin");
    words.insert(words.end(), {"nice", "-n", std::to_string(how.niceness)});
    if (isolates()) {
        const auto own = namespaces(bubblewrap_);
        words.insert(words.end(), own.begin(), own.end());
        for (const Visible& one : how.visible) {
            add_parents(words, one.inside);
            words.insert(words.end(),
                         {one.writable ? "--bind" : "--ro-bind", one.outside.string(), one.inside});
        }
        words.insert(words.end(), {"--chdir", how.folder, "--"});
    } else {
        words.insert(words.end(), {"env", fmt::format("--chdir={}", how.folder)});
    }
    words.insert(words.end(), {"setpriv", "--no-new-privs", "--inh-caps=-all"});
    if (isolates() && is_root()) {
        words.insert(words.end(), {fmt::format("--reuid={}", how.user),
                                   fmt::format("--regid={}", how.user), "--clear-groups"});
    }
    if (!isolates()) words.insert(words.end(), {"--pdeathsig", "KILL"});
    words.emplace_back("--");
    add_limits(words, how);
    words.insert(words.end(), program.begin(), program.end());
    return words;
}

}  // namespace bsn::framework::fabric
