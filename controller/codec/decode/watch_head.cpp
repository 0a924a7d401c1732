#include "codec/decode/watch_head.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

#include "codec/json.hpp"

namespace cu::codec {
namespace {

/// Stops the parser at the end of object.metadata, or where something else is found.
class HeadReader {
 public:
  /// What was read, once the metadata was read to its end.
  std::optional<WatchHead> Take() {
    const bool whole =
        complete_ && !head_.type.empty() && !head_.name.empty() && !head_.resource_version.empty();
    return whole ? std::optional(std::move(head_)) : std::nullopt;
  }

  bool string(std::string& value) {
    if (depth_ == 1 && key_ == "type") {
      head_.type = std::move(value);
    } else if (in_metadata_ && depth_ == 3) {
      TakeName(value);
    }
    return true;
  }
  bool key(std::string& name) {
    key_ = std::move(name);
    return true;
  }
  bool start_object(std::size_t) {
    in_object_ = in_object_ || (depth_ == 1 && key_ == "object");
    in_metadata_ = in_metadata_ || (in_object_ && depth_ == 2 && key_ == "metadata");
    ++depth_;
    return true;
  }
  bool end_object() {
    --depth_;
    complete_ = in_metadata_ && depth_ == 2;
    return !complete_ && depth_ > 0;
  }
  bool start_array(std::size_t) {
    ++depth_;
    return true;
  }
  bool end_array() {
    --depth_;
    return true;
  }
  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(Json::number_integer_t) { return true; }
  bool number_unsigned(Json::number_unsigned_t) { return true; }
  bool number_float(Json::number_float_t, const std::string&) { return true; }
  bool binary(Json::binary_t&) { return false; }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) { return false; }

 private:
  void TakeName(std::string& value) {
    if (key_ == "name") {
      head_.name = std::move(value);
    } else if (key_ == "namespace") {
      head_.ns = std::move(value);
    } else if (key_ == "resourceVersion") {
      head_.resource_version = std::move(value);
    }
  }

  WatchHead head_;
  std::string key_;
  int depth_ = 0;  ///< of what is open
  bool in_object_ = false;
  bool in_metadata_ = false;
  bool complete_ = false;
};

}  // namespace

std::optional<WatchHead> PeekWatchHead(const std::string& line) {
  HeadReader reader;
  static_cast<void>(Json::sax_parse(line, &reader));
  return reader.Take();
}

}  // namespace cu::codec
