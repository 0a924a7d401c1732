#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
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
#include "mutants.hpp"
#include "regressions.hpp"
#include "replay_on_crash.hpp"
#include "run.hpp"
#include "summary.hpp"

namespace {

using namespace cu::simulation;

Handler NewController(const std::string& identity, std::uint64_t seed) {
  cu::core::Controller::Options options;
  options.identity = identity;
  options.own_pod = std::string(kOwnNamespace) + "/controller-" + identity.substr(0, 1);
  options.namespace_name = kOwnNamespace;
  options.job_namespace = kJobNamespace;
  options.seed = seed;
  return [controller = std::make_shared<cu::core::Controller>(options)](
             std::span<const cu::port::Event> batch, cu::base::Now now) {
    return controller->Handle(batch, now);
  };
}

constexpr std::uint64_t kLongSeries = 2000;

constexpr const char* kUsage =
    "usage: simulation seeds [N] [--from SEED] [--until-broken] [--abort-at BATCH]    (2000 from 1 "
    "on)\n"
    "       simulation crashes\n"
    "       simulation mutants [--only NAME] [--trace]\n"
    "       simulation regressions [--only NAME] [--trace]\n"
    "       simulation replay --seed SEED [--trace] [--abort-at BATCH]\n"
    "       simulation replay --reference I [--write W --before|--during|--after] [--trace]\n"
    "\n"
    "--abort-at exists to test that a crash prints its replay command: the controller calls\n"
    "abort() when it gets batch number BATCH of the events of a run.\n";

/// Makes the controllers of one run; when they get batch number `batch`, they abort. 0: never.
Factory AbortingAt(std::uint64_t batch) {
  if (batch == 0) {
    return NewController;
  }
  return [batch, handled = std::make_shared<std::uint64_t>(0)](const std::string& identity,
                                                               std::uint64_t seed) -> Handler {
    return [batch, handled, handler = NewController(identity, seed)](
               std::span<const cu::port::Event> events, cu::base::Now now) {
      if (++*handled == batch) {
        std::abort();
      }
      return handler(events, now);
    };
  };
}

/// Flushes each line, so that a crash loses none.
void TraceToOutput(Run& run) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  run.TraceTo(std::cout);
}

/// Runs numbers 0 to `count` - 1 on all cores; `report` gets the results in that order, and says
/// whether to go on.
void RunAll(std::uint64_t count,
            const std::function<RunResult(std::uint64_t)>& run,
            const std::function<bool(std::uint64_t, const RunResult&)>& report) {
  std::mutex lock;
  std::uint64_t next = 0;
  std::uint64_t reported = 0;
  std::map<std::uint64_t, RunResult> waiting;
  const auto worker = [&] {
    std::unique_lock<std::mutex> held(lock);
    while (next < count) {
      const std::uint64_t index = next++;
      held.unlock();
      RunResult result = run(index);
      held.lock();
      waiting.emplace(index, std::move(result));
      for (auto at = waiting.find(reported); at != waiting.end(); at = waiting.find(++reported)) {
        count = report(reported, at->second) ? count : 0;
        waiting.erase(at);
      }
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back(worker);
  }
}

int Seeds(const std::string& program,
          std::uint64_t count,
          std::uint64_t first,
          std::uint64_t abort_at,
          bool until_broken) {
  const auto replay = [&](std::uint64_t index) {
    return program + " replay --seed " + std::to_string(first + index) + " --trace";
  };
  Summary summary;
  std::size_t broken = 0;
  RunAll(
      count,
      [&](std::uint64_t index) {
        const ReplayOnCrash replay_on_crash(replay(index));
        return Run(RandomScenario(first + index), AbortingAt(abort_at)).Go();
      },
      [&](std::uint64_t index, const RunResult& result) {
        summary.Count(result);
        if (result.violation) {
          ++broken;
          PrintViolation(result, replay(index));
        }
        return broken == 0 || !until_broken;
      });
  summary.Print("seeds");
  // A short series need not cover every kind.
  const bool covered = summary.PrintDrainCoverage() || count < kLongSeries;
  if (!covered) {
    std::printf("a kind of answer never occurred\n");
  }
  return broken == 0 && covered ? 0 : 1;
}

/// Those of that name; all without a name. None is an error.
template <class T>
std::vector<T> Named(std::vector<T> all, const std::string& only) {
  if (only.empty()) {
    return all;
  }
  std::string names;
  for (const T& one : all) {
    names += "\n  " + one.name;
  }
  std::erase_if(all, [&](const T& one) { return one.name != only; });
  if (all.empty()) {
    std::fprintf(stderr, "nothing is named \"%s\"; there are:%s\n", only.c_str(), names.c_str());
    std::exit(2);
  }
  return all;
}

int Mutants(const std::string& program, const std::string& only, bool trace) {
  int missed = 0;
  for (const Mutant& mutant : Named(AllMutants(), only)) {
    const ReplayOnCrash replay_on_crash(program + " mutants --only \"" + mutant.name +
                                        "\" --trace");
    Run run(mutant.scenario, NewController);
    if (mutant.make != nullptr) {
      run.set_tamper(mutant.make(run.cluster()));
    }
    run.set_misread(mutant.misread);
    if (trace) {
      TraceToOutput(run);
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

int Regressions(const std::string& program, const std::string& only, bool trace) {
  int failed = 0;
  for (const Case& regression : Named(RegressionCases(), only)) {
    const ReplayOnCrash replay_on_crash(program + " regressions --only \"" + regression.name +
                                        "\" --trace");
    Run run(regression.scenario, NewController);
    if (trace) {
      TraceToOutput(run);
    }
    if (regression.arrange) {
      regression.arrange(run);
    }
    const RunResult result = run.Go();
    std::string wrong = result.violation ? result.violation->promise + " " + result.violation->text
                                         : regression.check(run, result);
    if (wrong.empty() && !result.end.starts_with(regression.end)) {
      wrong = "ended " + result.end;
    }
    failed += wrong.empty() ? 0 : 1;
    std::printf("%s %s%s\n",
                wrong.empty() ? "passed:" : "FAILED:",
                regression.name.c_str(),
                wrong.empty() ? "" : (": " + wrong).c_str());
  }
  return failed;
}

/// The words of the command.
class Arguments {
 public:
  Arguments(int argc, char** argv) : words_(argv, argv + argc) {}
  bool Has(const std::string& word) const {
    return std::find(words_.begin(), words_.end(), word) != words_.end();
  }
  /// The whole command.
  std::string Text() const {
    std::string text;
    for (const std::string& word : words_) {
      text += (text.empty() ? "" : " ") + word;
    }
    return text;
  }
  std::string After(const std::string& word) const {
    const auto found = std::find(words_.begin(), words_.end(), word);
    return found == words_.end() || found + 1 == words_.end() ? std::string() : *(found + 1);
  }
  std::uint64_t Number(const std::string& word, std::uint64_t fallback) const {
    const std::string text = After(word);
    if (text.empty() || text.starts_with("--")) {
      return fallback;
    }
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
      std::fprintf(stderr, "%s wants a number, not \"%s\"\n", word.c_str(), text.c_str());
      std::exit(2);
    }
    return number;
  }

 private:
  std::vector<std::string> words_;
};

int Replay(const Arguments& arguments) {
  Scenario scenario = RandomScenario(arguments.Number("--seed", 1));
  if (arguments.Has("--reference")) {
    const auto references = ReferenceScenarios();
    const std::uint64_t index = arguments.Number("--reference", 0);
    if (index >= references.size()) {
      std::fprintf(stderr, "--reference: there are %zu, from 0 on\n", references.size());
      return 2;
    }
    scenario = references[index];
  }
  const ReplayOnCrash replay_on_crash(arguments.Text());
  Run run(scenario, AbortingAt(arguments.Number("--abort-at", 0)));
  if (arguments.Has("--write")) {
    const CrashTiming timing = arguments.Has("--before")   ? CrashTiming::kBefore
                               : arguments.Has("--during") ? CrashTiming::kDuring
                                                           : CrashTiming::kAfter;
    run.set_crash([write = arguments.Number("--write", 0), timing](std::uint64_t at) {
      return at == write ? std::optional<CrashTiming>(timing) : std::nullopt;
    });
  }
  if (arguments.Has("--trace")) {
    TraceToOutput(run);
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
  InstallCrashHandler();
  const Arguments arguments(argc, argv);
  const std::string program = argv[0];
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "seeds") {
    return Seeds(program,
                 arguments.Number("seeds", 2000),
                 arguments.Number("--from", 1),
                 arguments.Number("--abort-at", 0),
                 arguments.Has("--until-broken"));
  }
  if (command == "crashes") {
    return CrashEverywhere(program, NewController) ? 0 : 1;
  }
  if (command == "mutants") {
    return Mutants(program, arguments.After("--only"), arguments.Has("--trace"));
  }
  if (command == "regressions") {
    return Regressions(program, arguments.After("--only"), arguments.Has("--trace"));
  }
  if (command == "replay") {
    return Replay(arguments);
  }
  const bool help = command == "--help";
  std::fputs(kUsage, help ? stdout : stderr);
  return help ? 0 : 2;
}
