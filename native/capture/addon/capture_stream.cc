#include "capture_stream.h"

#include <fcntl.h>
#include <stdio_ext.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

namespace {

constexpr unsigned kBuffer = 256 * 1024;

Failure unreadable(const std::string& path, const char* why) {
  return {"FILE", "The file " + path + " cannot be read: " + why + "."};
}

ssize_t read_gzip(void* cookie, char* to, size_t size) {
  const auto most = static_cast<unsigned>(size < kBuffer ? size : kBuffer);
  return gzread(static_cast<gzFile>(cookie), to, most);
}

int close_gzip(void* cookie) { return gzclose(static_cast<gzFile>(cookie)) == Z_OK ? 0 : EOF; }

bool is_gzip(int file) {
  unsigned char magic[2] = {};
  return pread(file, magic, sizeof magic, 0) == sizeof magic && magic[0] == 0x1f && magic[1] == 0x8b;
}

/** Takes the file over. */
FILE* open_gzip(int file) {
  const gzFile compressed = gzdopen(file, "rb");
  if (compressed == nullptr) {
    close(file);
    return nullptr;
  }
  gzbuffer(compressed, kBuffer);
  FILE* stream = fopencookie(compressed, "rb", {read_gzip, nullptr, nullptr, close_gzip});
  if (stream == nullptr) gzclose(compressed);
  return stream;
}

}  // namespace

FILE* open_capture_stream(const std::string& path, Failure& failure) {
  // What is no regular file could keep its reader waiting for ever, already when it is opened.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) {
    failure = unreadable(path, strerror(errno));
    if (file >= 0) close(file);
    return nullptr;
  }
  if (!S_ISREG(status.st_mode)) {
    failure = unreadable(path, "it is not a regular file");
    close(file);
    return nullptr;
  }
  FILE* stream = is_gzip(file) ? open_gzip(file) : fdopen(file, "rb");
  if (stream == nullptr) {
    failure = unreadable(path, strerror(errno));
    return nullptr;
  }
  // Packets are read one by one: few system calls, and no lock, since one thread alone reads.
  setvbuf(stream, nullptr, _IOFBF, kBuffer);
  __fsetlocking(stream, FSETLOCKING_BYCALLER);
  return stream;
}
