#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "last_input.hpp"
#include "mutate.hpp"
#include "places.hpp"
#include "target.hpp"

namespace cu::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kInputBytesMax = std::size_t{1} << 16U;
constexpr const char* kUsage =
    "usage: fuzz TARGET|all [--seconds N] [--seed N] [--corpus FOLDER] [--keep] | fuzz TARGET "
    "--input FILE\n"
    "  --seconds  for each target; default 10\n"
    "  --seed     the same seed does the same, as long as nothing new is reached; default: the "
    "clock\n"
    "  --corpus   a folder with one folder of inputs for each target\n"
    "  --keep     write inputs that reach something new there\n"
    "  --input    run this file and nothing else\n";

struct Options {
  std::string target;
  std::string corpus;
  std::string input;
  std::uint64_t seconds = 10;
  std::uint64_t seed = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
  bool keep = false;
};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The inputs of a target, and which places they reached together.
class Corpus {
 public:
  explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {
    if (std::filesystem::is_directory(folder_)) {
      for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
        files_.push_back(entry.path());
      }
    }
    std::sort(files_.begin(), files_.end());
    for (const auto& file : files_) {
      inputs_.push_back(ReadFile(file));
    }
  }

  const std::vector<std::string>& inputs() const { return inputs_; }
  std::size_t reached() const { return reached_; }
  /// Whether the last run reached a place that none before had reached.
  bool TakeNew() {
    bool fresh = false;
    for (std::size_t i = 0; i < places.size(); i += sizeof(std::uint64_t)) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, &places[i], sizeof eight);
      for (std::size_t j = i; eight != 0 && j < i + sizeof eight; ++j) {
        const bool first = places[j] != 0 && seen_[j] == 0;
        seen_[j] |= places[j];
        reached_ += first ? 1 : 0;
        fresh = fresh || first;
      }
    }
    places.fill(0);
    return fresh;
  }
  void Add(const std::string& input, bool keep) {
    if (keep) {
      std::filesystem::create_directories(folder_);
      std::ofstream(folder_ / ("found-" + std::to_string(inputs_.size())), std::ios::binary)
          << input;
    }
    inputs_.push_back(input);
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::string> inputs_;
  Places seen_{};
  std::size_t reached_ = 0;
};

void RunOnce(const Target& target, const std::string& input) {
  BeginInput(input);
  target.run(input);
  EndInput();
}

int Fuzz(const char* program, const Target& target, const Options& options) {
  KeepLastInput(program, target.name);
  if (!options.input.empty()) {
    RunOnce(target, ReadFile(options.input));
    return 0;
  }
  Corpus corpus(std::filesystem::path(options.corpus) / target.name);
  if (corpus.inputs().empty()) {
    std::cerr << "no inputs in " << options.corpus << "/" << target.name << "\n";
    return 1;
  }
  base::Random random(options.seed);
  const auto began = Clock::now();
  const auto end = began + std::chrono::seconds(options.seconds);
  std::uint64_t runs = 0;
  for (const std::string& input : std::vector(corpus.inputs())) {
    RunOnce(target, input);
    corpus.TakeNew();
    ++runs;
  }
  const std::size_t before = corpus.reached();
  const std::size_t given = corpus.inputs().size();
  while (Clock::now() < end) {
    const std::string& chosen = corpus.inputs()[random.Below(corpus.inputs().size())];
    const Material material{&target.words, &corpus.inputs()};
    std::string input =
        target.json ? MutateJson(chosen, material, random) : MutateBytes(chosen, material, random);
    input.resize(std::min(input.size(), kInputBytesMax));
    RunOnce(target, input);
    ++runs;
    if (corpus.TakeNew()) {
      corpus.Add(input, options.keep);
    }
  }
  const std::chrono::duration<double> took = Clock::now() - began;
  std::cout << target.name << ": " << runs << " inputs in " << took.count() << " s, seed "
            << options.seed << "; " << given << " of the corpus reach " << before << " places, "
            << corpus.inputs().size() - given << " more " << corpus.reached() << std::endl;
  return 0;
}

bool ReadOptions(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const bool has_value = i + 1 < argc;
    if (flag == "--keep") {
      options.keep = true;
    } else if (flag == "--seconds" && has_value) {
      options.seconds = std::strtoull(argv[++i], nullptr, 10);
    } else if (flag == "--seed" && has_value) {
      options.seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (flag == "--corpus" && has_value) {
      options.corpus = argv[++i];
    } else if (flag == "--input" && has_value) {
      options.input = argv[++i];
    } else if (flag.front() != '-' && options.target.empty()) {
      options.target = flag;
    } else {
      return false;
    }
  }
  return !options.target.empty();
}

int Main(int argc, char** argv) {
  Options options;
  int failed = 0;
  bool known = false;
  if (ReadOptions(argc, argv, options)) {
    for (const Target& target : Targets()) {
      if (options.target == "all" || options.target == target.name) {
        known = true;
        failed |= Fuzz(argv[0], target, options);
      }
    }
  }
  if (!known) {
    std::cerr << kUsage << "targets:";
    for (const Target& target : Targets()) {
      std::cerr << " " << target.name;
    }
    std::cerr << "\n";
    return 2;
  }
  return failed;
}

}  // namespace
}  // namespace cu::fuzz

int main(int argc, char** argv) {
  return cu::fuzz::Main(argc, argv);
}
