#pragma once
#include <string_view>

namespace cu::fuzz {

/// From now on a crash of the program writes the input that it crashed with to a file of `target`,
/// and prints how to run it again.
void KeepLastInput(const char* program, const char* target);
/// The input that is run next; it outlives the run. More than 20 s of processor time for it are a
/// crash.
void BeginInput(std::string_view input);
void EndInput();

}  // namespace cu::fuzz
