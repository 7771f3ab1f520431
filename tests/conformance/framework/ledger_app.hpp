#pragma once
// An app on our own ledger, published to three nodes: the target of the ledger's own dialect and of
// others.

#include "ledger_network.hpp"
#include "support/temporary_folder.hpp"

namespace bsn::framework::conformance {

class LedgerApp : public ConformanceTarget {
  public:
    std::size_t nodes() const override { return network_->nodes.size(); }
    Framework& framework(std::size_t node) override { return *network_->nodes.at(node)->framework; }
    Bytes channel() const override { return to_bytes(record().channel.view()); }
    const Signer& writer() const override { return writer_; }
    const Signer& reader() const override { return reader_; }
    const Signer& stranger() const override { return stranger_; }

    void restart() override;

    Bytes trusted_state() override { return to_bytes(genesis_.to_json()); }
    Bytes foreign_trusted_state() override;
    std::optional<Bytes> header() override { return required(system().prove(record().creation)); }

  protected:
    /// A function of a contract that the permission chain knows.
    struct Function {
        std::string contract;
        std::string function;
    };
    /// Publishes the app (named `app`, with roles `writer` and `reader`), to which keys of this
    /// suite write, and waits until the writer may call `writes`.
    LedgerApp(const std::string& app, crypto::SuiteId suite, const Function& writes);

    struct Call {
        const Signer* signer;
        std::string function;
        std::vector<std::string> arguments;
    };
    /// Calls of the permission chain, all in one block if they can be.
    void call_system(const std::vector<Call>& calls);
    const Signer& publisher() const { return operator_; }
    /// Waits until the app's replicas on all nodes are as they should be.
    void wait_for_all(const std::function<bool(const peer::Replica&)>& condition) const;

  private:
    Chain& system() { return network_->nodes.front()->framework->system_chain(); }
    registry::AppRecord record() const { return network_->nodes.front()->view.app("app")->record; }
    bool holds(const LedgerNode& node,
               const std::function<bool(const peer::Replica&)>& condition) const;

    TemporaryFolder folder_;
    KeySigner operator_;
    KeySigner writer_;
    KeySigner reader_;
    KeySigner stranger_;
    ledger::Genesis genesis_;
    std::unique_ptr<LedgerNetwork> network_;
};

}  // namespace bsn::framework::conformance
