#pragma once

#include <cstdio>
#include <string>

#include "packet_source.h"

/** A regular file's bytes, uncompressed where gzip compressed them. Null: see `failure`. */
FILE* open_capture_stream(const std::string& path, Failure& failure);
