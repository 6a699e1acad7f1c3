#include "namespace_opener.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host.h"

namespace {

/** Where the other process finds its end. */
constexpr int kControl = 3;
/** It answers at once; this only keeps a thread from waiting for ever. */
constexpr timeval kPatience = {2, 0};

const std::string kProgram = "the program that enters them (namespace-opener) ";

std::string error_text(int error) { return strerror(error); }

/** How a process ended, by what waitpid(2) tells. */
std::string ending(int status) {
  if (WIFSIGNALED(status)) return "was killed by signal " + std::to_string(WTERMSIG(status));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

union DescriptorMessage {
  cmsghdr header;
  char room[CMSG_SPACE(sizeof(int))];
};

/** Beside the addon; "" when it cannot be told where that is. */
std::string program_path() {
  Dl_info own = {};
  if (dladdr(reinterpret_cast<void*>(&program_path), &own) == 0 || own.dli_fname == nullptr) return "";
  const std::string addon = own.dli_fname;
  return addon.substr(0, addon.rfind('/') + 1) + "namespace-opener";
}

bool read_capabilities(__user_cap_data_struct (&data)[2]) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  return syscall(SYS_capget, &header, data) == 0;
}

bool write_capabilities(__user_cap_data_struct (&data)[2]) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  return syscall(SYS_capset, &header, data) == 0;
}

/** While it lives, a program that this thread starts gets these two capabilities, also from a user who is not root. */
class LentCapabilities {
 public:
  LentCapabilities() {
    __user_cap_data_struct data[2] = {};
    if (!read_capabilities(data) || !read_capabilities(before_)) return;
    data[0].inheritable |= 1U << CAP_SYS_ADMIN | 1U << CAP_NET_ADMIN;
    is_lent_ = write_capabilities(data);
    for (const int capability : {CAP_SYS_ADMIN, CAP_NET_ADMIN}) {
      had_[capability] = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1;
      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
    }
  }
  ~LentCapabilities() {
    if (!is_lent_) return;
    for (const int capability : {CAP_SYS_ADMIN, CAP_NET_ADMIN}) {
      if (!had_[capability]) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, capability, 0, 0);
    }
    write_capabilities(before_);
  }

 private:
  __user_cap_data_struct before_[2] = {};
  bool had_[CAP_LAST_CAP + 1] = {};
  bool is_lent_ = false;
};

/** Starts the program with `control` as its descriptor 3 and no environment. Returns a positive errno or 0. */
int spawn(const std::string& path, int control, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawn_file_actions_adddup2(&files, control, kControl);
  char name[] = "packetless-namespace-opener";
  char* const arguments[] = {name, nullptr};
  char* const environment[] = {nullptr};
  int error;
  {
    const LentCapabilities lent;
    error = posix_spawn(&pid, path.c_str(), &files, &attributes, arguments, environment);
  }
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

bool NamespaceOpener::may_start() {
  for (const int capability : {CAP_SYS_ADMIN, CAP_NET_ADMIN}) {
    if (!has_capability(capability) || prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1) return false;
  }
  return true;
}

bool NamespaceOpener::start() {
  if (!may_start()) return fail("CAP_SYS_ADMIN is needed at the start, to enter them");
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(kProgram + "cannot be asked: " + error_text(errno));
  const int error = spawn(program_path(), ends[1], pid_);
  close(ends[1]);
  control_ = ends[0];
  if (error != 0) {
    pid_ = -1;
    return fail(kProgram + "cannot be started: " + error_text(error));
  }
  setsockopt(control_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  int none = -1;
  const int unready = receive(none);
  if (unready != 0 && control_ >= 0) return fail(kProgram + "cannot get ready: " + error_text(unready));
  if (control_ < 0) return false;
  failure_.clear();
  return true;
}

bool NamespaceOpener::is_running() {
  if (control_ < 0) return false;
  pollfd state = {control_, 0, 0};
  return poll(&state, 1, 0) <= 0 || fail(kProgram + ending(end()));
}

void NamespaceOpener::stop() { end(); }

/** Why it does not run is kept; always false. */
bool NamespaceOpener::fail(const std::string& why) {
  end();
  failure_ = why;
  return false;
}

/** Returns how it ended, as waitpid(2) tells it. */
int NamespaceOpener::end() {
  if (control_ >= 0) close(control_);
  control_ = -1;
  int status = 0;
  // It would end when it reads the end of its socket, but not where it is stopped.
  if (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, &status, 0);
  }
  pid_ = -1;
  return status;
}

int NamespaceOpener::open_netfilter(const std::string& path, uint32_t inode) {
  if (control_ < 0) return -EPERM;
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  struct stat status = {};
  // The process may have changed its namespace since it was found, or be another's.
  if (fstat(file, &status) != 0 || static_cast<uint32_t>(status.st_ino) != inode) {
    close(file);
    return -ESTALE;
  }
  char byte = 0;
  iovec part = {&byte, sizeof byte};
  DescriptorMessage with = {};
  with.header.cmsg_level = SOL_SOCKET;
  with.header.cmsg_type = SCM_RIGHTS;
  with.header.cmsg_len = CMSG_LEN(sizeof file);
  memcpy(CMSG_DATA(&with.header), &file, sizeof file);
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &with;
  message.msg_controllen = sizeof with;
  const bool is_sent = sendmsg(control_, &message, MSG_NOSIGNAL) >= 0;
  const int error = errno;
  close(file);
  if (!is_sent) {
    // Only one that has gone is given up: there may be no memory for the moment.
    if (error == EPIPE || error == ECONNRESET) fail(kProgram + ending(end()));
    return -error;
  }
  int opened = -1;
  const int refused = receive(opened);
  if (refused != 0) return -refused;
  // It may be that there was no room for one more here.
  return opened >= 0 ? opened : -EMFILE;
}

/**
 * An answer: a positive errno, or 0, perhaps with a file. One that does not come in time would be taken for the next
 * one's: no more is asked of this process.
 */
int NamespaceOpener::receive(int& file) {
  int error = 0;
  iovec part = {&error, sizeof error};
  DescriptorMessage with = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &with;
  message.msg_controllen = sizeof with;
  ssize_t size;
  do size = recvmsg(control_, &message, MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) {
    fail(kProgram + "does not answer");
    return ETIMEDOUT;
  }
  if (size != sizeof error) {
    fail(kProgram + ending(end()));
    return EPIPE;
  }
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof file))
    memcpy(&file, CMSG_DATA(header), sizeof file);
  return error;
}
