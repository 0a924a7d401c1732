#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "codec/json.hpp"

/// Private to codec/: members of a status that are left out while they say nothing.
namespace cu::codec {

inline void PutText(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) {
    object[name] = text;
  }
}

inline void PutTime(Json& object, const char* name, const std::optional<base::WallTime>& time) {
  if (time) {
    object[name] = base::FormatTime(*time);
  }
}

inline void PutCount(Json& object, const char* name, std::int64_t count) {
  if (count != 0) {
    object[name] = count;
  }
}

inline void PutFlag(Json& object, const char* name, bool flag) {
  if (flag) {
    object[name] = true;
  }
}

template <class T>
inline void PutList(Json& object,
                    const char* name,
                    const std::vector<T>& items,
                    Json (*write)(const T&)) {
  for (const T& item : items) {
    object[name].push_back(write(item));
  }
}

inline Json WriteText(const std::string& text) {
  return text;
}

}  // namespace cu::codec
