#pragma once
// Who sent a transaction of a dialect that names its sender by the signature alone.

#include "ledger/ethereum/types.hpp"

#include <functional>
#include <memory>
#include <mutex>

namespace bsn::framework {

/// Finding a sender costs more than all else of reading a block, so it is found when somebody asks,
/// once; copies share it. Any thread.
class Sender {
  public:
    using Find = std::function<ledger::Address()>;

    Sender(const ledger::Address& known = {}) : state_(std::make_shared<State>()) {
        std::call_once(state_->once, [&] { state_->address = known; });
    }
    explicit Sender(Find find) : state_(std::make_shared<State>()) {
        state_->find = std::move(find);
    }

    const ledger::Address& address() const {
        std::call_once(state_->once, [this] {
            state_->address = state_->find();
            state_->find = nullptr;
        });
        return state_->address;
    }

  private:
    struct State {
        std::once_flag once;
        Find find;
        ledger::Address address;
    };
    std::shared_ptr<State> state_;
};

}  // namespace bsn::framework
