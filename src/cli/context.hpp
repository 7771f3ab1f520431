#pragma once
// What a command works with: the options that all commands share, the home folder, and, made when
// first asked for, the pinned genesis, the key and the client.

#include "cli/fabric/transactions.hpp"
#include "cli/home.hpp"
#include "cli/keyring.hpp"
#include "cli/node_client.hpp"
#include "cli/output.hpp"
#include "ledger/verify.hpp"

#include <memory>

namespace bsn::cli {

/// The options that every command takes.
struct GlobalOptions {
    std::string home;
    std::vector<std::string> nodes;
    std::string key;
    std::string genesis;
    std::string passphrase_file;
    std::uint64_t timeout_s = 30;
    bool signed_answers = false;
    bool json = false;
    bool quiet = false;
};

/// One run of one command. One thread.
class Context {
  public:
    Context(GlobalOptions options, Home home, Output& out)
        : options_(std::move(options)), home_(std::move(home)), out_(out) {}

    const GlobalOptions& options() const { return options_; }
    const Home& home() const { return home_; }
    Output& out() { return out_; }
    Keyring keyring() const;

    Result<const ClientConfig*> config();
    /// The pinned genesis: of --genesis, or as the configuration says. Never taken from a node.
    Result<const ledger::Genesis*> genesis();
    /// The network of the pinned genesis, if there is one.
    Result<std::optional<ledger::NetworkId>> network_if_known();
    /// Where the pinned genesis is.
    Result<std::filesystem::path> genesis_file();

    /// The key to act with: of --key, or as the configuration says, or the only one there is.
    Result<const Identity*> identity();
    /// A client for the endpoints of --node or of the configuration. It signs as `identity()` if
    /// `signing`; with `optional_key` it is no mistake to have no key.
    enum class Signing { no, if_possible, yes };
    Result<NodeClient*> client(Signing signing);

    /// A participant: 64 hexadecimal digits, or the name of a key of the keyring.
    Result<ledger::ParticipantId> participant(const std::string& text);

    /// Makes, signs and submits a transaction; a refusal by the contract is an error. `own`: with a
    /// certificate of one's own, for apps on channels of Fabric.
    Result<SubmitAnswer> transact(const std::string& app, Invocation invocation,
                                  const std::optional<OwnCertificate>& own = std::nullopt);
    /// Tells a mistake in the command's arguments; the exit status for it.
    Exit usage(std::string_view message);

  private:
    Result<std::string> key_name();
    Result<std::vector<net::Endpoint>> endpoints();

    GlobalOptions options_;
    Home home_;
    Output& out_;
    std::optional<ClientConfig> config_;
    std::optional<ledger::Genesis> genesis_;
    std::optional<Identity> identity_;
    std::unique_ptr<NodeClient> client_;
};

/// Refused unless a key of this suite can act on the app.
Status check_suite(const AppRef& app, const Identity& identity);
/// Refused unless the app takes transactions of our own ledger.
Status check_native(const AppRef& app);
/// What a contract answered, for people: its text, or hexadecimal digits if it is none.
std::string result_text(ByteView result);
/// Texts as the arguments of a transaction.
std::vector<Bytes> text_arguments(std::initializer_list<std::string_view> texts);

}  // namespace bsn::cli
