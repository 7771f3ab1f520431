#pragma once
// Ordering by CometBFT: Byzantine fault tolerant, over as many nodes as there are validators.

#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "ordering/cometbft/agreed_log.hpp"
#include "ordering/envelope_queue.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace bsn::ordering {

struct CometbftOptions {
    ledger::OrdererId id;
    ledger::NetworkId network;
    std::vector<Validator> validators;  ///< of the genesis, ascending by key
    std::string application_address;    ///< host:port at which CometBFT finds its application (us)
    net::Endpoint rpc;                  ///< where CometBFT takes transactions
    /// Why the program does not run; empty: it does. Any thread may ask.
    std::function<std::string()> program_trouble;
};

/// This process is the application (ABCI 2.0 over gRPC) of one CometBFT process, which runs beside
/// it: what CometBFT decides is written to a log of our own when it commits, and only then
/// delivered. An ordering height is a block of CometBFT.
///
/// Its own threads: those of the gRPC server, and one that hands envelopes over.
class CometbftOrderer final : public Orderer {
  public:
    /// `log` holds the ordered heights and nothing else.
    CometbftOrderer(CometbftOptions options, std::unique_ptr<store::AppendLog> log,
                    OrderRules& rules, const Clock& clock);
    ~CometbftOrderer() override;

    void subscribe(OrderConsumer& consumer, std::uint64_t from) override;
    /// Delivers the old heights from the log, then waits for CometBFT to connect.
    Status start() override;
    void stop() override;
    Status submit(Bytes envelope) override;
    std::uint64_t height() const override { return log_.height(); }
    Status revisit(std::uint64_t from, std::uint64_t through,
                   const std::function<void(const OrderedHeight&)>& visit) const override {
        return log_.revisit(from, through, visit);
    }
    Status health() const override;
    OrdererStatus status() const override;
    /// Whether CometBFT has committed a block since the start.
    bool has_begun() const;

  private:
    class Application;

    /// Where a CometBFT that connects has to go on: the last height and its application hash.
    std::pair<std::uint64_t, ledger::Hash> last_committed();
    /// Whether a transaction may be in the block of a height.
    Status check(ByteView transaction, std::uint64_t height) const;
    /// Executes a block, but for making it durable: what it decides, and CometBFT is told.
    Result<AgreedState> decide(std::uint64_t height, UnixMillis time,
                               const std::vector<Bytes>& transactions);
    /// Makes what was decided last durable, and delivers it.
    Status commit();

    /// CometBFT has proof that a validator (by its address) signed two blocks for one height.
    void note_double_sign(ByteView address, std::uint64_t height);

    void hand_over_until_stopped();
    void hand_over(const std::vector<Bytes>& envelopes);
    /// Whether CometBFT took a transaction; waits for it to be there.
    Status broadcast(ByteView transaction);
    void set_trouble(std::string trouble);

    const CometbftOptions options_;
    OrderRules& rules_;
    const Clock& clock_;
    AgreedLog log_;
    EnvelopeQueue queue_;

    /// Held over a commit: a CometBFT that was started anew meanwhile waits for its end.
    std::mutex committing_;
    mutable std::mutex mutex_;
    std::optional<DecidedHeight> decided_;  ///< not committed yet
    std::string trouble_;                   ///< why nothing is ordered; empty: it is
    std::uint64_t last_block_ = 0;          ///< monotonic ms
    bool has_begun_ = false;
    std::map<Bytes, std::uint64_t> double_signs_;  ///< by public key; the last height

    std::unique_ptr<Application> application_;
    net::HttpConnection rpc_;
    std::uint64_t salt_ = 0;
    std::thread thread_;
};

}  // namespace bsn::ordering
