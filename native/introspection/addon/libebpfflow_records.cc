#include "libebpfflow_records.h"

#include <netinet/in.h>

#include <cstring>
#include <string_view>

#include "proc_files.h"

namespace {

constexpr size_t kMostConversations = 65536;
constexpr size_t kMostSenders = 4096;
/** As long as the kernel side's own table keeps a conversation without datagrams. */
constexpr uint64_t kIdleNs = 60'000'000'000;
/** tcp_set_state(CLOSE) may be called again for a connection that has just been closed. */
constexpr uint64_t kEndsAgainNs = 1'000'000'000;
/** The library tells of a datagram once a second, so half of them ask /proc. */
constexpr uint64_t kSenderKnownNs = 2'000'000'000;

/** include/net/tcp_states.h; 0 where the library does not say it. */
uint8_t state_after(uint16_t kind) {
  switch (kind) {
    case RECORD_CONNECT:
      return 2;  // SYN_SENT: connect() is told of when it returns, whatever comes of it
    case RECORD_ACCEPT:
      return 1;  // ESTABLISHED
    case RECORD_CLOSE:
    case RECORD_CONNECT_FAILED:
      return 7;  // CLOSE
  }
  return 0;
}

bool is_within_host(const Sighting& sighting) {
  return memcmp(sighting.local_address, sighting.remote_address, ADDRESS_LENGTH) == 0;
}

/** The library exchanges the numbers of thread and process; a version that does not is known by /proc. */
SeenTask straightened(SeenTask task) {
  proc_files::Ids ids;
  if (task.pid == task.tid || task.pid == 0) return task;
  if (proc_files::ids(task.tid, ids) && ids.process == task.pid) return task;
  if (proc_files::ids(task.pid, ids) && ids.process == task.tid) std::swap(task.pid, task.tid);
  return task;
}

}  // namespace

bool LibebpfflowRecords::Key::operator==(const Key& other) const { return memcmp(this, &other, sizeof other) == 0; }

size_t LibebpfflowRecords::KeyHash::operator()(const Key& key) const {
  static_assert(sizeof(Key) == 2 * ADDRESS_LENGTH + 8, "no padding, so that bytes can be compared");
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(&key), sizeof key});
}

LibebpfflowRecords::LibebpfflowRecords(Tell tell, Tell tell_more)
    : tell_(std::move(tell)), tell_more_(tell_more), processes_(std::move(tell_more)) {}

LibebpfflowDrop LibebpfflowRecords::take(const Sighting& sighting) {
  switch (sighting.type) {
    case libebpfflow::CONNECT:
      return opened(sighting, RECORD_CONNECT);
    case libebpfflow::ACCEPT:
      return opened(sighting, RECORD_ACCEPT);
    case libebpfflow::CONNECT_FAILED:
      return went_on(sighting, RECORD_CONNECT_FAILED);
    case libebpfflow::CLOSE:
      return went_on(sighting, RECORD_CLOSE);
    case libebpfflow::RETRANSMIT:
      return went_on(sighting, RECORD_RETRANSMIT);
    case libebpfflow::UDP_SEND:
    case libebpfflow::UDP_RECEIVE:
      return datagram(sighting);
  }
  return LibebpfflowDrop::NOT_UNDERSTOOD;
}

/** connect() and accept() return in the process that called them. */
LibebpfflowDrop LibebpfflowRecords::opened(const Sighting& sighting, uint16_t kind) {
  Conversation& conversation = make(key_of(sighting), sighting.time_ns);
  conversation.side = kind == RECORD_CONNECT ? SIDE_CLIENT : SIDE_SERVER;
  memcpy(conversation.interface, sighting.interface, sizeof conversation.interface);
  own(conversation, straightened(sighting.task), sighting);
  tell_tcp(sighting, kind, conversation);
  return LibebpfflowDrop::COUNT;
}

/** Anything may run when a segment or a timer ends a connection, so only the owner that it had before counts. */
LibebpfflowDrop LibebpfflowRecords::went_on(const Sighting& sighting, uint16_t kind) {
  const Key key = key_of(sighting);
  Conversation* known = find(key, sighting.time_ns);
  if (known != nullptr && known->ended) return LibebpfflowDrop::TOLD_ALREADY;
  Conversation unknown;
  if (known == nullptr && kind == RECORD_RETRANSMIT) known = &unknown;
  if (known == nullptr) known = &make(key, sighting.time_ns);
  if (kind == RECORD_CONNECT_FAILED) known->side = SIDE_CLIENT;
  known->ended = kind != RECORD_RETRANSMIT;
  known->last_ns = sighting.time_ns;
  tell_tcp(sighting, kind, *known);
  return LibebpfflowDrop::COUNT;
}

LibebpfflowDrop LibebpfflowRecords::datagram(const Sighting& sighting) {
  const bool sent = sighting.type == libebpfflow::UDP_SEND;
  const Key key = key_of(sighting);
  Conversation* conversation = find(key, sighting.time_ns);
  const bool is_first = conversation == nullptr;
  if (is_first) {
    conversation = &make(key, sighting.time_ns);
    conversation->side = sent ? SIDE_CLIENT : SIDE_SERVER;
    memcpy(conversation->interface, sighting.interface, sizeof conversation->interface);
  }
  conversation->last_ns = sighting.time_ns;
  const SeenTask task = straightened(sighting.task);
  if (sent && is_sender(task, sighting)) own(*conversation, task, sighting);
  tell_datagram(tell_, key, *conversation, is_first ? PHASE_FIRST : PHASE_UPDATE);
  return LibebpfflowDrop::COUNT;
}

bool LibebpfflowRecords::is_sender(const SeenTask& task, const Sighting& sighting) {
  if (task.pid == 0) return false;
  const uint64_t sender = static_cast<uint64_t>(task.pid) << 16 | sighting.local_port;
  const auto known = senders_.find(sender);
  if (known != senders_.end() && sighting.time_ns - known->second < kSenderKnownNs) return true;
  const auto sockets = proc_files::udp_sockets(task.pid, sighting.local_address, sighting.local_port);
  if (!proc_files::has_socket(task.pid, sockets)) return false;
  if (senders_.size() == kMostSenders) senders_.clear();
  senders_[sender] = sighting.time_ns;
  return true;
}

void LibebpfflowRecords::own(Conversation& conversation, const SeenTask& task, const Sighting& sighting) {
  conversation.owner = {};
  if (task.pid == 0) return;
  conversation.identity = processes_.seen(task, sighting.parent, sighting.time_ns);
  owner_fields& owner = conversation.owner;
  owner.pid = task.pid;
  owner.tid = task.tid;
  owner.uid = task.uid;
  owner.gid = task.gid;
  owner.cgroup_id = conversation.identity.cgroup_id;
  memcpy(owner.comm, task.comm, sizeof owner.comm);
  owner.evidence = EVIDENCE_KERNEL;
}

owner_fields LibebpfflowRecords::owner_now(const Conversation& conversation) const {
  return processes_.is_another(conversation.owner.pid, conversation.identity) ? owner_fields{} : conversation.owner;
}

void LibebpfflowRecords::look_back(uint64_t now_ns) {
  processes_.tell_exits();
  for (auto it = conversations_.begin(); it != conversations_.end();) {
    const auto& [key, conversation] = *it;
    const uint64_t idle_ns = now_ns > conversation.last_ns ? now_ns - conversation.last_ns : 0;
    const bool is_udp = key.protocol == IPPROTO_UDP;
    if (is_udp ? idle_ns < kIdleNs : !conversation.ended || idle_ns < kEndsAgainNs) {
      ++it;
      continue;
    }
    if (is_udp) tell_datagram(tell_more_, key, conversation, PHASE_END);
    uses_.erase(conversation.use);
    it = conversations_.erase(it);
  }
}

LibebpfflowRecords::Key LibebpfflowRecords::key_of(const Sighting& sighting) {
  Key key;
  memcpy(key.local_address, sighting.local_address, ADDRESS_LENGTH);
  memcpy(key.remote_address, sighting.remote_address, ADDRESS_LENGTH);
  key.local_port = sighting.local_port;
  key.remote_port = sighting.remote_port;
  key.protocol = sighting.is_tcp() ? IPPROTO_TCP : IPPROTO_UDP;
  return key;
}

LibebpfflowRecords::Conversation* LibebpfflowRecords::find(const Key& key, uint64_t now_ns) {
  const auto known = conversations_.find(key);
  if (known == conversations_.end()) return nullptr;
  Conversation& conversation = known->second;
  // The tuple is used again, and the library did not tell who began it.
  if (conversation.ended && now_ns - conversation.last_ns >= kEndsAgainNs) return nullptr;
  uses_.splice(uses_.begin(), uses_, conversation.use);
  return &conversation;
}

LibebpfflowRecords::Conversation& LibebpfflowRecords::make(const Key& key, uint64_t now_ns) {
  const auto known = conversations_.find(key);
  if (known == conversations_.end() && conversations_.size() == kMostConversations) {
    const Key oldest = uses_.back();
    if (oldest.protocol == IPPROTO_UDP) tell_datagram(tell_more_, oldest, conversations_[oldest], PHASE_END);
    conversations_.erase(oldest);
    uses_.pop_back();
  }
  if (known != conversations_.end()) uses_.erase(known->second.use);
  uses_.push_front(key);
  Conversation& conversation = conversations_[key];
  conversation = {};
  conversation.first_ns = conversation.last_ns = now_ns;
  conversation.use = uses_.begin();
  return conversation;
}

void LibebpfflowRecords::tell_tcp(const Sighting& sighting, uint16_t kind, const Conversation& conversation) const {
  tcp_record record = {};
  record.header = {sizeof record, RECORD_VERSION, kind, sighting.time_ns};
  memcpy(record.socket.local_address, sighting.local_address, ADDRESS_LENGTH);
  memcpy(record.socket.remote_address, sighting.remote_address, ADDRESS_LENGTH);
  record.socket.local_port = sighting.local_port;
  record.socket.remote_port = sighting.remote_port;
  record.socket.side = conversation.side;
  record.socket.protocol = IPPROTO_TCP;
  record.socket.flags = SOCKET_COUNTERS_UNKNOWN | SOCKET_ERROR_UNKNOWN;
  const char(&interface)[INTERFACE_NAME_LENGTH] =
      conversation.interface[0] == '\0' ? sighting.interface : conversation.interface;
  memcpy(record.socket.interface_name, interface, INTERFACE_NAME_LENGTH);
  record.owner = owner_now(conversation);
  record.state = state_after(kind);
  // What the library calls latency ends when the SYN is on its way. Within a host the answer has come by then.
  if (kind == RECORD_CONNECT && is_within_host(sighting)) record.latency_us = sighting.latency_us;
  // It counts retransmissions by whichever task was running, so of this socket's this one is certain.
  if (kind == RECORD_RETRANSMIT) record.count = 1;
  tell_(&record, sizeof record);
}

void LibebpfflowRecords::tell_datagram(const Tell& tell, const Key& key, const Conversation& conversation,
                                       uint32_t phase) const {
  datagram_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_DATAGRAMS, conversation.last_ns};
  memcpy(record.socket.local_address, key.local_address, ADDRESS_LENGTH);
  memcpy(record.socket.remote_address, key.remote_address, ADDRESS_LENGTH);
  record.socket.local_port = key.local_port;
  record.socket.remote_port = key.remote_port;
  record.socket.side = conversation.side;
  record.socket.protocol = IPPROTO_UDP;
  record.socket.flags = SOCKET_COUNTERS_UNKNOWN;
  memcpy(record.socket.interface_name, conversation.interface, INTERFACE_NAME_LENGTH);
  record.owner = owner_now(conversation);
  record.first_time_ns = conversation.first_ns;
  record.phase = phase;
  tell(&record, sizeof record);
}
