#pragma once
#include "codec/json.hpp"

/// Private to codec/: how the tree of one object becomes its struct. Each kind has both.
namespace cu::codec {

/// Names of the members of T that are dropped while parsing.
template <class T>
Names DroppedMembers();

template <class T>
T Read(const Reader& object);

}  // namespace cu::codec
