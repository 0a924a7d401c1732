#include "io/loop.hpp"

#include <utility>

namespace cu::io {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

Loop::Loop(Handler handler, Shell shell)
    : handler_(std::move(handler)), shell_(std::move(shell)), due_(shell_.clock().steady) {}

int Loop::Run() {
  std::vector<port::Event> batch;
  while (true) {
    const base::Now now = shell_.clock();
    due_ = now.steady;
    const port::Reaction reaction = handler_(batch, now);
    if (const std::optional<int> code = CarryOut(reaction.effects, now.wall)) {
      return *code;
    }
    due_ = reaction.wake_at.value_or(base::SteadyTime::max() - kLateMax);
    batch = shell_.inbox.Take(reaction.wake_at);
  }
}

bool Loop::Alive(base::SteadyTime now) const {
  return now <= due_.load() + kLateMax;
}

std::optional<int> Loop::CarryOut(const std::vector<port::Effect>& effects, base::WallTime wall) {
  std::optional<int> exit;
  const Overloaded carry_out{
      [&](const port::SendRequest& call) { shell_.transport.Send(call); },
      [&](const port::OpenStream& stream) { shell_.transport.Open(stream); },
      [&](const port::Abort& abort) { shell_.transport.Abort(abort.id); },
      [&](const port::WriteLog& write) { shell_.log.Write(write.record, wall); },
      [&](const port::Exit& end) { exit = end.code; },
  };
  for (const port::Effect& effect : effects) {
    std::visit(carry_out, effect);
    if (exit) {
      break;
    }
  }
  return exit;
}

}  // namespace cu::io
