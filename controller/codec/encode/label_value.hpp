#pragma once
#include <string>

namespace cu::codec {

/// A label value made of any text: '+' is written '_'; over 63 bytes: the first 52, '-', 10 hex
/// digits of its SHA-256; ends and odd characters made legal.
std::string LabelValue(const std::string& text);

}  // namespace cu::codec
