#include "planner/model/contribution.hpp"

#include <algorithm>
#include <iterator>

namespace cu::planner {
namespace {

template <class T>
void Append(std::vector<T>& list, std::vector<T> more) {
  list.insert(
      list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

void Contribution::WakeAt(std::optional<base::SteadyTime> time) {
  if (time) {
    wake_at = wake_at ? std::min(*wake_at, *time) : time;
  }
}

void Contribution::Add(Contribution other) {
  Append(actions, std::move(other.actions));
  watches.merge(other.watches);
  WakeAt(other.wake_at);
  Append(warnings, std::move(other.warnings));
  Append(refusals, std::move(other.refusals));
}

}  // namespace cu::planner
