#pragma once
// Tells members of apps of events, by callbacks: the service of a city node.
//
// Each registration goes along its app's chain by itself (delivery.hpp). Blocks are read once for
// all that stand at the same height. At least once: what was told is noted after it was told; the
// same thing always has the same nonce. A restart begins the attempts of what was being told anew.
//
// Callbacks take threads of their own, since receivers may take seconds to answer, and name
// servers, too. A slow receiver holds up nobody else: those that were slow or silent last time
// share half of the places, and an app has some of them only.

#include "base/executor.hpp"
#include "gateway/backend.hpp"
#include "gateway/callbacks/callback_sender.hpp"
#include "gateway/callbacks/delivery.hpp"

#include <map>
#include <mutex>

namespace bsn::gateway {

/// What an operator decides.
struct CallbackSettings {
    CallbackRules rules;
    /// PEM file of the authorities that https receivers must be vouched for by; empty: those that
    /// the system trusts.
    std::filesystem::path authority;
};

/// Any thread may call any member, unless it says otherwise.
class Callbacks final : public published::EventRegistrations {
  public:
    /// The most registrations of a user in an app, and of an app.
    static constexpr std::size_t k_most_of_user = 16;
    static constexpr std::size_t k_most_of_app = 256;
    /// How many registrations may be looked at, before they are taken, at once.
    static constexpr std::size_t k_most_checks = 2;
    /// Callbacks that are being sent at once, in all and of one app; half of either for slow ones.
    static constexpr std::size_t k_most_sending = 10;
    static constexpr std::size_t k_most_sending_of_app = 4;
    /// With those that read chains meanwhile.
    static constexpr std::size_t k_threads = 16;
    /// Events that are read for a registration at a time.
    static constexpr std::size_t k_page_events = 100;
    /// How long a registration rests whose user may not read the app now, or whose chain is not
    /// there, milliseconds.
    static constexpr std::uint64_t k_rest_ms = 1'000;
    /// So many blocks without anything to tell are noted as read.
    static constexpr std::uint64_t k_save_blocks = 1'000;

    /// Sends a text to a URL, and says whether it was taken.
    using Send = std::function<Status(const std::string& url, std::string_view text)>;

    /// Backend, clock and guard outlive it. `send` comes from its threads.
    Callbacks(Backend& backend, const Clock& clock, const CallbackGuard& guard, Send send);
    ~Callbacks() override;

    /// Reads what was registered. Once, before all others.
    Status open(store::Database& database);
    /// Called about every 100 ms, once chains can be read.
    void tick();
    /// Sends nothing more, waits for what is being sent, and notes how far it came. Harmless if
    /// repeated. What was not answered is answered `unavailable`.
    void close();

    void add(const published::EventRegistration& registration, Added done) override;
    Result<std::vector<published::EventRegistration>> of(
        const ledger::ChannelId& channel, const ledger::ParticipantId& user) override;
    Status remove(const ledger::ChannelId& channel, const ledger::ParticipantId& user,
                  std::string_view id) override;

  private:
    /// Apps one after the other, and of each the registrations.
    using Key = std::pair<ledger::ChannelId, std::string>;
    using Deliveries = std::map<Key, Delivery>;
    struct Sending {
        std::size_t all = 0;
        std::size_t slow = 0;
    };
    struct Lane {
        bool reading = false;
        std::uint64_t lag = 0;  ///< blocks
        Sending sending;
    };
    struct Reading {
        Key key;
        EventSelection selection;
        bool blocks = false;
    };
    /// What is read from one height on.
    using Readings = std::map<std::uint64_t, std::vector<Reading>>;

    // With `mutex_` locked.
    Status check_room(const published::EventRegistration& registration);
    void need_threads();
    std::pair<Deliveries::iterator, Deliveries::iterator> of_app(const ledger::ChannelId& channel);
    void start_sending();
    void pause_app(const ledger::ChannelId& channel);

    // On a thread of `threads_`.
    Status check_and_keep(const published::EventRegistration& registration, std::uint64_t next);
    void read_app(const ledger::ChannelId& channel);
    Readings readings_of(const registry::App& app, std::uint64_t height);
    void read_page(const framework::Chain& chain, std::uint64_t from,
                   const std::vector<Reading>& readings, std::uint64_t height);
    void send_one(const Key& key, bool slow);
    Result<std::string> text_of(const published::EventRegistration& registration,
                                const Notice& notice);
    void note(Delivery& delivery, const Status& outcome);

    Status may_be_told(const registry::App& app, const ledger::ParticipantId& user) const;
    std::shared_ptr<const registry::App> app_of(const ledger::ChannelId& channel) const;

    Backend& backend_;
    const Clock& clock_;
    const CallbackGuard& guard_;
    const Send send_;
    std::optional<RegistrationStore> store_;
    std::atomic<bool> closed_{false};
    std::atomic<std::size_t> checks_{0};

    std::mutex adding_;  ///< one registration is kept at a time; before `mutex_`
    std::mutex mutex_;   ///< guards the rest
    Deliveries deliveries_;
    std::map<ledger::ChannelId, Lane> lanes_;
    Sending sending_;
    Key last_;                             ///< whose turn it was
    std::unique_ptr<ThreadPool> threads_;  ///< once there is a registration

    Counter& told_;
    Counter& failed_;
    Counter& retried_;
    Counter& given_up_;
    Gauge& registered_;
    Gauge& lag_;
};

}  // namespace bsn::gateway
