#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/memory_use.hpp"
#include "codec/json.hpp"

/// Private to codec/.
namespace cu::codec {

/// Builds the tree without recursion, and without what is dropped.
class TreeBuilder {
 public:
  TreeBuilder(Names dropped, std::size_t kept_max, const TakeItem* take = nullptr)
      : dropped_(dropped),
        take_(take),
        texts_max_(kept_max == kNoLimit ? kNoLimit : 2 * kept_max) {}

  Json& root() { return root_; }
  std::size_t error_position() const { return error_position_; }
  bool too_deep() const { return too_deep_; }

  bool null() { return Put(nullptr); }
  bool boolean(bool value) { return Put(value); }
  bool number_integer(Json::number_integer_t value) { return Put(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return Put(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return Put(value); }
  bool string(std::string& value) {
    if (dropping() || open_.empty()) {
      return Put(std::move(value));
    }
    std::size_t& kept = texts_.back();
    if (kept > texts_max_) {
      return true;
    }
    if (value.size() > texts_max_) {
      value.resize(texts_max_);
      kept += base::kMapEntryBytes;
    } else {
      kept += base::kMapEntryBytes + value.size();
    }
    return Put(std::move(value));
  }
  bool binary(Json::binary_t&) { return false; }
  bool key(std::string& name) {
    key_ = std::move(name);
    return true;
  }
  bool start_object(std::size_t) { return Open(Json::value_t::object); }
  bool start_array(std::size_t) { return Open(Json::value_t::array); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    error_position_ = position;
    return false;
  }

 private:
  bool dropping() const { return dropped_depth_ != 0; }
  bool IsDropped() const {
    return !open_.empty() && open_.back()->is_object() &&
           std::find(dropped_.begin(), dropped_.end(), key_) != dropped_.end();
  }
  Json& Slot() {
    if (open_.empty()) {
      return root_;
    }
    Json& parent = *open_.back();
    return parent.is_array() ? parent.emplace_back() : parent[std::move(key_)];
  }
  template <class Value>
  bool Put(Value&& value) {
    if (!dropping()) {
      Slot() = std::forward<Value>(value);
      HandOver();
    }
    return true;
  }
  bool Open(Json::value_t type) {
    if (dropping() || IsDropped()) {
      ++dropped_depth_;
      return true;
    }
    if (open_.size() == kMaxDepth) {
      too_deep_ = true;
      return false;
    }
    const bool items = take_ != nullptr && type == Json::value_t::array && open_.size() == 1 &&
                       open_.back()->is_object() && key_ == "items";
    Json& slot = Slot();
    slot = Json(type);
    open_.push_back(&slot);
    texts_.push_back(0);
    if (items) {
      items_ = &slot;
      taken_ = 0;  // of repeated members the last counts
    }
    return true;
  }
  bool Close() {
    if (dropping()) {
      --dropped_depth_;
    } else {
      open_.pop_back();
      texts_.pop_back();
      HandOver();
    }
    return true;
  }
  /// An item that is complete leaves the tree.
  void HandOver() {
    if (items_ != nullptr && !open_.empty() && open_.back() == items_) {
      (*take_)(taken_++, items_->back());
      items_->erase(items_->size() - 1);
    }
  }

  Names dropped_;
  const TakeItem* take_;
  Json* items_ = nullptr;  ///< the list whose items are handed over
  std::size_t taken_ = 0;
  Json root_;
  std::vector<Json*> open_;
  std::vector<std::size_t> texts_;  ///< what the texts in each of them take
  std::size_t texts_max_;
  std::string key_;
  std::size_t dropped_depth_ = 0;  ///< of what is open within a dropped value
  bool too_deep_ = false;
  std::size_t error_position_ = 0;
};

}  // namespace cu::codec
