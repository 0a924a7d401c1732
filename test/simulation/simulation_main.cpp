#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/controller.hpp"
#include "crashes.hpp"
#include "museum.hpp"
#include "mutants.hpp"
#include "run.hpp"
#include "tally.hpp"

namespace {

using namespace cu::simulation;

Handler NewController(const std::string& identity, std::uint64_t seed) {
  cu::core::Controller::Options options;
  options.identity = identity;
  options.namespace_name = kOwnNamespace;
  options.job_namespace = kJobNamespace;
  options.seed = seed;
  return [controller = std::make_shared<cu::core::Controller>(options)](
             std::span<const cu::port::Event> batch, cu::base::Now now) {
    return controller->Handle(batch, now);
  };
}

constexpr std::uint64_t kLongSeries = 2000;

/// Runs `count` numbered things on all cores; `report` gets the results in their order.
void RunAll(std::uint64_t count,
            const std::function<RunResult(std::uint64_t)>& run,
            const std::function<void(std::uint64_t, const RunResult&)>& report) {
  std::mutex lock;
  std::uint64_t next = 0;
  std::uint64_t told = 0;
  std::map<std::uint64_t, RunResult> waiting;
  const auto work = [&] {
    std::unique_lock<std::mutex> held(lock);
    while (next < count) {
      const std::uint64_t index = next++;
      held.unlock();
      RunResult result = run(index);
      held.lock();
      waiting.emplace(index, std::move(result));
      for (auto at = waiting.find(told); at != waiting.end(); at = waiting.find(++told)) {
        report(told, at->second);
        waiting.erase(at);
      }
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back(work);
  }
}

int Seeds(const std::string& program, std::uint64_t count, std::uint64_t first) {
  Tally tally;
  std::size_t broken = 0;
  RunAll(
      count,
      [&](std::uint64_t index) { return Run(RandomScenario(first + index), NewController).Go(); },
      [&](std::uint64_t index, const RunResult& result) {
        tally.Count(result);
        if (result.violation) {
          ++broken;
          Report(result, program + " replay --seed " + std::to_string(first + index) + " --trace");
        }
      });
  tally.Print("seeds");
  // A short series need not meet everything.
  const bool met = tally.PrintAnswers() || count < kLongSeries;
  if (!met) {
    std::printf("a kind of answer was never met\n");
  }
  return broken == 0 && met ? 0 : 1;
}

int Mutants(const std::string& only, bool trace) {
  int missed = 0;
  for (const Mutant& mutant : AllMutants()) {
    if (!only.empty() && mutant.name != only) {
      continue;
    }
    Run run(mutant.scenario, NewController);
    run.set_tamper(mutant.make(run.cluster()));
    if (trace) {
      run.TraceTo(std::cout);
    }
    const RunResult result = run.Go();
    const std::string promise = result.violation ? result.violation->promise : "nothing";
    const bool caught = promise == mutant.promise;
    missed += caught ? 0 : 1;
    std::printf("%-4s %s: %s%s\n",
                mutant.promise.c_str(),
                mutant.name.c_str(),
                caught ? "caught: " : ("MISSED, found " + promise + ": ").c_str(),
                result.violation ? result.violation->text.c_str() : result.end.c_str());
  }
  return missed;
}

int VisitMuseum(const std::string& only, bool trace) {
  int broken = 0;
  for (const Exhibit& exhibit : Museum()) {
    if (!only.empty() && exhibit.name != only) {
      continue;
    }
    Run run(exhibit.scenario, NewController);
    if (trace) {
      run.TraceTo(std::cout);
    }
    if (exhibit.stage) {
      exhibit.stage(run);
    }
    const RunResult result = run.Go();
    std::string wrong = result.violation ? result.violation->promise + " " + result.violation->text
                                         : exhibit.check(run, result);
    if (wrong.empty() && !result.end.starts_with(exhibit.end)) {
      wrong = "ended " + result.end;
    }
    broken += wrong.empty() ? 0 : 1;
    std::printf("%s %s%s\n",
                wrong.empty() ? "not here:" : "HERE:",
                exhibit.name.c_str(),
                wrong.empty() ? "" : (": " + wrong).c_str());
  }
  return broken;
}

/// The words after the command.
class Arguments {
 public:
  Arguments(int argc, char** argv) : words_(argv, argv + argc) {}
  bool Has(const std::string& word) const {
    return std::find(words_.begin(), words_.end(), word) != words_.end();
  }
  std::string After(const std::string& word) const {
    const auto found = std::find(words_.begin(), words_.end(), word);
    return found == words_.end() || found + 1 == words_.end() ? std::string() : *(found + 1);
  }
  std::uint64_t Number(const std::string& word, std::uint64_t otherwise) const {
    const std::string text = After(word);
    std::uint64_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

 private:
  std::vector<std::string> words_;
};

int Replay(const Arguments& arguments) {
  Scenario scenario = RandomScenario(arguments.Number("--seed", 1));
  if (arguments.Has("--reference")) {
    scenario = ReferenceScenarios().at(arguments.Number("--reference", 0));
  }
  Run run(scenario, NewController);
  if (arguments.Has("--write")) {
    const CrashTiming timing = arguments.Has("--before")   ? CrashTiming::kBefore
                               : arguments.Has("--during") ? CrashTiming::kDuring
                                                           : CrashTiming::kAfter;
    run.set_crash([write = arguments.Number("--write", 0), timing](std::uint64_t at) {
      return at == write ? std::optional<CrashTiming>(timing) : std::nullopt;
    });
  }
  if (arguments.Has("--trace")) {
    run.TraceTo(std::cout);
  }
  const RunResult result = run.Go();
  std::printf("ended after %.3f s: %s\n",
              std::chrono::duration<double>(result.virtual_time).count(),
              result.end.c_str());
  if (result.violation) {
    std::printf(
        "%s broken: %s\n", result.violation->promise.c_str(), result.violation->text.c_str());
  }
  return result.violation ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  const std::string program = argv[0];
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "seeds") {
    return Seeds(program, arguments.Number("seeds", 2000), arguments.Number("--from", 1));
  }
  if (command == "crashes") {
    return CrashEverywhere(program, NewController) ? 0 : 1;
  }
  if (command == "mutants") {
    return Mutants(arguments.After("--only"), arguments.Has("--trace"));
  }
  if (command == "museum") {
    return VisitMuseum(arguments.After("--only"), arguments.Has("--trace"));
  }
  if (command == "replay") {
    return Replay(arguments);
  }
  std::fprintf(stderr,
               "usage: simulation seeds [N] [--from SEED]\n"
               "       simulation crashes\n"
               "       simulation mutants [--only NAME] [--trace]\n"
               "       simulation museum [--only NAME] [--trace]\n"
               "       simulation replay --seed SEED [--trace]\n"
               "       simulation replay --reference I [--write W --before|--during|--after] "
               "[--trace]\n");
  return 2;
}
