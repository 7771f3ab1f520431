#pragma once
// What goes wrong in a run, and when: each kind of fault comes and goes by itself.

#include "sim/world.hpp"

namespace bsn::sim {

class Faults {
  public:
    explicit Faults(World& world) : world_(world) {}
    ~Faults() { end(); }
    Faults(const Faults&) = delete;
    Faults& operator=(const Faults&) = delete;

    void begin();
    /// Nothing new goes wrong from here on.
    void end() { world_.scheduler.end(life_); }

  private:
    /// Has something happen again and again, with pauses of such lengths.
    void repeat(Micros shortest, Micros longest, const std::function<void()>& what);
    void in(Micros time, Task task) { world_.scheduler.after(time, life_, std::move(task)); }
    SimNode& some_node() { return *world_.scheduler.random().one_of(world_.nodes); }

    void crash_something();
    void keep_running();
    void disturb_network();
    void cut_network();
    void disturb_order();
    void crash_order();
    void disturb_disk();
    void damage_disk();
    void lose_disk();
    void lose_batches();
    void jump_clock();
    void slow_down();

    World& world_;
    const LifePtr life_ = std::make_shared<Life>();
    /// The one node that may lose data: what it held, the others hold.
    std::size_t victim_ = 0;
};

}  // namespace bsn::sim
