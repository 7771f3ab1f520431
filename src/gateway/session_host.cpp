#include "gateway/session.hpp"

namespace bsn::gateway {

void SessionHost::add(const std::shared_ptr<Session>& session) {
    std::lock_guard lock(mutex_);
    sessions_.emplace(session.get(), session);
    connections_.set(static_cast<double>(sessions_.size()));
}

void SessionHost::remove(Session* session) {
    std::lock_guard lock(mutex_);
    sessions_.erase(session);
    connections_.set(static_cast<double>(sessions_.size()));
}

std::size_t SessionHost::size() const {
    std::lock_guard lock(mutex_);
    return sessions_.size();
}

void SessionHost::abort_all() {
    std::unordered_map<Session*, std::shared_ptr<Session>> all;
    {
        std::lock_guard lock(mutex_);
        all.swap(sessions_);
        connections_.set(0);
    }
    for (const auto& [key, session] : all) session->abort();
}

bool SessionHost::reserve(std::size_t bytes) {
    if (receiving_.fetch_add(bytes) + bytes <= options.max_receiving_bytes) return true;
    receiving_.fetch_sub(bytes);
    return false;
}

}  // namespace bsn::gateway
