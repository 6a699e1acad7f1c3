#include "load_library.h"

#include <dlfcn.h>

namespace {

struct Loaded {
  const ApplicationLibrary* found = nullptr;
  std::string reason;
};

/** In the folder that this code was loaded from. */
std::string path_beside(const char* name) {
  Dl_info self;
  if (dladdr(reinterpret_cast<const void*>(&path_beside), &self) == 0 || self.dli_fname == nullptr) return name;
  const std::string path = self.dli_fname;
  return path.substr(0, path.rfind('/') + 1) + name;
}

Loaded load() {
  void* handle = dlopen(path_beside("ndpi.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* error = dlerror();
    return {nullptr, std::string("the part that uses nDPI cannot be loaded: ") + (error == nullptr ? "" : error) +
                         ". It is built where nDPI's headers are (apt-get install libndpi-dev, then make -C native/capture)"};
  }
  auto* get = reinterpret_cast<GetApplicationLibrary*>(dlsym(handle, kGetApplicationLibrary));
  const ApplicationLibrary* library = get == nullptr ? nullptr : get();
  if (library != nullptr && library->size == sizeof *library) return {library, ""};
  dlclose(handle);
  return {nullptr, "the part that uses nDPI was built for another version (make -C native/capture clean all)"};
}

}  // namespace

const ApplicationLibrary* load_application_library(std::string& reason) {
  static const Loaded loaded = load();
  reason = loaded.reason;
  return loaded.found;
}
