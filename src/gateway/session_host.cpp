#include "gateway/metering/strangers.hpp"
#include "gateway/session.hpp"

namespace bsn::gateway {

void SessionHost::add(const std::shared_ptr<Session>& session) {
    std::lock_guard lock(mutex_);
    if (sessions_.emplace(session.get(), session).second) ++by_site_[site_of(session->client)];
    connections_.set(static_cast<double>(sessions_.size()));
}

void SessionHost::remove(Session* session) {
    std::lock_guard lock(mutex_);
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return;
    const auto site = by_site_.find(site_of(found->second->client));
    if (--site->second == 0) by_site_.erase(site);
    sessions_.erase(found);
    connections_.set(static_cast<double>(sessions_.size()));
}

std::size_t SessionHost::size() const {
    std::lock_guard lock(mutex_);
    return sessions_.size();
}

std::size_t SessionHost::size_of(const net::IpAddress& client) const {
    std::lock_guard lock(mutex_);
    const auto site = by_site_.find(site_of(client));
    return site == by_site_.end() ? 0 : site->second;
}

void SessionHost::abort_all() {
    std::unordered_map<Session*, std::shared_ptr<Session>> all;
    {
        std::lock_guard lock(mutex_);
        all.swap(sessions_);
        by_site_.clear();
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
