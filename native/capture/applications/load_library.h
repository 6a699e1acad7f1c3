#pragma once

#include <string>

#include "application_library.h"

/** The library that was built beside the addon, loaded once and kept; null: `reason` says why there is none. */
const ApplicationLibrary* load_application_library(std::string& reason);
