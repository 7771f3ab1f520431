#include "gateway/custody/recorded_signer.hpp"

#include <future>

namespace bsn::gateway {

crypto::Signature RecordedSigner::sign(ByteView message) const {
    crypto::Signature signature = signer_->sign(message);
    auto promise = std::make_shared<std::promise<Status>>();
    auto written = promise->get_future();
    keys_.when_recorded([promise](const Status& status) { promise->set_value(status); });
    Status status = written.get();
    if (status) return signature;
    const std::lock_guard lock(mutex_);
    recorded_ = std::move(status);
    return {};
}

Status RecordedSigner::recorded() const {
    const std::lock_guard lock(mutex_);
    return recorded_;
}

}  // namespace bsn::gateway
