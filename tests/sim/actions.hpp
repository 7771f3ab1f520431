#pragma once
// What clients do while things go wrong.

#include "sim/world.hpp"

namespace bsn::sim {

class Actions {
  public:
    explicit Actions(World& world) : world_(world) {}
    ~Actions() { world_.scheduler.end(life_); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;

    /// Spreads the plan's actions over its time.
    void begin();

  private:
    void act();
    void write();
    void write_many();
    void write_late();
    void replay();
    void forge();
    void intrude();

    void administer();
    void suspend(SimApp& app);
    void upgrade(SimApp& app);
    void change_role(SimApp& app);
    void remove_member(SimApp& app);
    void rotate_key(SimApp& app);
    void revoke_node();
    void move_app();

    ErrandPtr some_write(SimApp& app, const Person& who, std::int64_t validity_ms = 600'000);
    SimApp& some_app() { return world_.scheduler.random().one_of(world_.apps); }
    /// A node where the app can be written to; none if all are down.
    std::optional<std::size_t> some_node(const SimApp& app);

    World& world_;
    const LifePtr life_ = std::make_shared<Life>();
    std::uint32_t new_keys_ = 0;
    bool revoked_ = false;
};

}  // namespace bsn::sim
