#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace cu::base {

/// At most `limit` bytes of `text`, cut between UTF-8 characters.
std::string Cut(std::string text, std::size_t limit);
/// The same of its end.
std::string CutFront(std::string text, std::size_t limit);

/// Without space at its ends; each row of spaces, line ends and control characters is one space.
std::string OneLine(const std::string& text);

bool Contains(const std::vector<std::string>& texts, const std::string& text);

/// "a, b, c"; at most `max` names, then "and N more".
std::string JoinNames(const std::vector<std::string>& names, std::size_t max);

/// The same for names that are made only where they are shown.
class NameList {
 public:
  explicit NameList(std::size_t max) : max_(max) {}
  /// name() gives it.
  template <class Name>
  void Add(const Name& name) {
    if (count_++ < max_) {
      text_ += (count_ == 1 ? "" : ", ") + name();
    }
  }
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  std::string Text() const;

 private:
  std::size_t max_;
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace cu::base
