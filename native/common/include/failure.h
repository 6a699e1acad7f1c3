#pragma once

#include <string>

/** Why something cannot be done: a code for programs, and words that say what to do about it. */
struct Failure {
  std::string code;
  std::string message;
};
