#include "capture.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <ctime>

#include "quic.h"

namespace {

/** Between two looks at the clock and at whether to stop. */
constexpr int kPacketsAtOnce = 2048;
constexpr int kPollMs = 100;
constexpr int kReopenMs = 500;
constexpr std::chrono::milliseconds kLagPause{2};
/** To read one takes JavaScript some fifty microseconds. */
constexpr int kQuicPerInterval = 1000;
/** To recognise one takes some ten microseconds. */
constexpr uint32_t kApplicationsPerInterval = 10'000;

int64_t nanoseconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

}  // namespace

Capture::Capture(const CaptureOptions& options)
    : options_(options),
      table_(options.limits, [this](const flow_record& record) { append(&record, sizeof record); }) {}

bool Capture::open() {
  if (!table_.allocate()) {
    failure_ = {"MEMORY", "There is not enough memory for a table of " + std::to_string(options_.limits.most_flows) +
                              " flows. Give a smaller maxFlows."};
    return false;
  }
  if (options_.applications != nullptr) {
    applications_ = std::make_unique<ApplicationDetection>(*options_.applications, options_.limits.other_idle_ns);
    if (!applications_->open()) {
      failure_ = {"MEMORY", "There is not enough memory to recognise applications. Switch that off."};
      return false;
    }
  }
  if (is_file()) {
    file_ = open_file(options_.source, failure_);
    return file_ != nullptr;
  }
  if (is_any(options_.source)) {
    device_choice_ = std::make_unique<DeviceChoice>();
    if (!device_choice_->allocate()) {
      failure_ = {"MEMORY", "There is not enough memory to tell interfaces apart."};
      return false;
    }
  }
  pcap_ = open_interface(options_.source, failure_);
  if (pcap_ == nullptr) return false;
  link_type_ = pcap_datalink(pcap_.get());
  return true;
}

bool Capture::start(Notify notify) {
  notify_ = std::move(notify);
  stopping_ = eventfd(0, EFD_CLOEXEC);
  if (stopping_ < 0) {
    failure_ = {"MEMORY", "No file descriptor is left to begin with."};
    return false;
  }
  thread_ = std::thread([this] {
    // For top(1) and the like; at most 15 characters.
    pthread_setname_np(pthread_self(), "capture");
    if (is_file()) run_file();
    else run_interface();
  });
  return true;
}

void Capture::stop() {
  if (!thread_.joinable()) return;
  stop_ = true;
  if (file_ != nullptr) file_->interrupt();
  const uint64_t one = 1;
  // The counter of an eventfd takes it; if not, the poll ends by itself.
  (void)!write(stopping_, &one, sizeof one);
  thread_.join();
  close(stopping_);
}

void Capture::take_live(u_char* self, const pcap_pkthdr* header, const u_char* bytes) {
  auto* capture = reinterpret_cast<Capture*>(self);
  // Captured with precision to nanoseconds, which stand in the field for microseconds.
  const uint64_t time_ns = file_time(header->ts.tv_sec, static_cast<uint64_t>(header->ts.tv_usec));
  capture->take({Bytes(bytes, header->caplen), header->len, time_ns, capture->link_type_});
}

void Capture::take(const FilePacket& packet) {
  account_.received++;
  Arrival& arrival = table_.next();
  const Decoder decoder(packet.link_type, options_.decoder);
  const auto problem = decoder.decode(packet.bytes, packet.wire_length, arrival.packet);
  if (problem != DECODED) {
    account_.problems[problem]++;
    return;
  }
  if (arrival.packet.device != 0 && device_choice_ != nullptr &&
      device_choice_->is_repeated(arrival.packet, packet.time_ns)) {
    account_.repeated++;
    return;
  }
  account_.decoded++;
  arrival.time_ns = packet.time_ns;
  add(arrival);
}

/** Names are rare: only a packet that has one is worked on at once, to know its flow. */
void Capture::add(const Arrival& arrival) {
  const Packet& packet = arrival.packet;
  bool is_added = false;
  uint64_t flow_id = 0;
  const auto identify = [&] {
    if (!is_added) flow_id = table_.add_and_identify();
    is_added = true;
    return flow_id;
  };
  ApplicationName application;
  if (applications_ != nullptr && applications_->look(packet, arrival.time_ns, application)) {
    tell_application(application, identify(), arrival.time_ns);
  }
  if (options_.names && packet.payload.size() != 0) {
    if (is_quic_initial(packet)) {
      if (may_tell_quic()) tell_quic(packet, identify(), arrival.time_ns);
    } else {
      const auto result = names_.find(packet, arrival.time_ns, [&](const FoundName& name) {
        const uint64_t of_flow = identify();
        tell_name(name.address == nullptr ? of_flow : 0, name, arrival.time_ns);
      });
      if (result == NameResult::kMalformed) account_.names_malformed++;
    }
  }
  if (!is_added) table_.add();
}

/** A library's texts are as little trusted as those of packets. */
void Capture::tell_application(const ApplicationName& name, uint64_t flow_id, uint64_t time_ns) {
  const auto tell = [&](name_kind kind, const char* text) {
    const size_t length = strlen(text);
    if (is_name(text, length)) tell_name(flow_id, {kind, text, length, nullptr}, time_ns);
    else account_.names_malformed++;
  };
  tell(NAME_APPLICATION, name.name);
  tell(NAME_CATEGORY, name.category);
}

void Capture::tell_name(uint64_t flow_id, const FoundName& name, uint64_t time_ns) {
  if (told_names_.is_repeated(flow_id, name, time_ns)) {
    account_.names_repeated++;
    return;
  }
  alignas(8) uint8_t bytes[sizeof(name_record) + NAME_CAPACITY + 1] = {};
  const size_t size = (sizeof(name_record) + name.length + 7) & ~size_t{7};
  auto* record = reinterpret_cast<name_record*>(bytes);
  record->header = {static_cast<uint32_t>(size), RECORD_VERSION, RECORD_NAME, time_ns};
  record->flow_id = flow_id;
  if (name.address != nullptr) memcpy(record->address, name.address->bytes, ADDRESS_LENGTH);
  record->kind = name.kind;
  record->length = static_cast<uint32_t>(name.length);
  memcpy(record + 1, name.text, name.length);
  account_.names_told++;
  append(bytes, size);
}

/** A file waits until all were read. */
bool Capture::may_tell_quic() {
  if (is_file()) return true;
  if (quic_left_ > 0) {
    quic_left_--;
    return true;
  }
  account_.names_unread++;
  return false;
}

void Capture::tell_quic(const Packet& packet, uint64_t flow_id, uint64_t time_ns) {
  const Bytes datagram = packet.payload;
  alignas(8) uint8_t bytes[(sizeof(quic_record) + kLongestInitial + 7) & ~size_t{7}] = {};
  const size_t size = (sizeof(quic_record) + datagram.size() + 7) & ~size_t{7};
  auto* record = reinterpret_cast<quic_record*>(bytes);
  record->header = {static_cast<uint32_t>(size), RECORD_VERSION, RECORD_QUIC, time_ns};
  record->flow_id = flow_id;
  record->length = static_cast<uint32_t>(datagram.size());
  memcpy(record + 1, datagram.data(), datagram.size());
  append(bytes, size);
}

/** A record of whatever kind. A file can wait until there is room, an interface cannot. */
void Capture::append(const void* record, size_t size) {
  sink_.append(record, size);
  if (!sink_.is_batch_full()) return;
  hand_over();
  if (is_file()) wait_for_javascript();
}

void Capture::run_file() {
  std::string error;
  while (!stop_) {
    const int count = file_->read(kPacketsAtOnce, [this](const FilePacket& packet) { take(packet); });
    table_.flush();
    if (count < 0) error = file_->error();
    if (count <= 0) break;
    wait_for_javascript();
    tell(nanoseconds(CLOCK_MONOTONIC));
  }
  end(error);
}

void Capture::wait_for_javascript() {
  while (sink_.javascript_lags() && !stop_) std::this_thread::sleep_for(kLagPause);
}

void Capture::run_interface() {
  int64_t next_reopen_ns = 0;
  while (!stop_) {
    const int64_t now_ns = nanoseconds(CLOCK_MONOTONIC);
    if (pcap_ == nullptr && now_ns >= next_reopen_ns) {
      reopen();
      next_reopen_ns = now_ns + kReopenMs * 1'000'000LL;
    }
    wait_for_packets(kPollMs);
    if (pcap_ != nullptr) read_interface();
    table_.expire(nanoseconds(CLOCK_REALTIME));
    tell(nanoseconds(CLOCK_MONOTONIC));
  }
  if (pcap_ != nullptr) count_drops();
  end("");
}

void Capture::wait_for_packets(int timeout_ms) {
  pollfd waits[2] = {{stopping_, POLLIN, 0}, {-1, POLLIN, 0}};
  if (pcap_ != nullptr) waits[1].fd = pcap_get_selectable_fd(pcap_.get());
  poll(waits, 2, timeout_ms);
}

void Capture::read_interface() {
  const int count = pcap_dispatch(pcap_.get(), kPacketsAtOnce, take_live, reinterpret_cast<u_char*>(this));
  table_.flush();
  if (count < 0) interrupted(pcap_geterr(pcap_.get()));
}

/** The interface went away or down. It may come back, under the same name. */
void Capture::interrupted(const std::string& why) {
  count_drops();
  last_stats_ = {};
  pcap_ = nullptr;
  account_.interruptions++;
  account_.interrupted = why;
  publish();
}

void Capture::reopen() {
  Failure failure;
  Pcap pcap = open_interface(options_.source, failure);
  if (pcap == nullptr) {
    account_.interrupted = failure.message;
    return;
  }
  pcap_ = std::move(pcap);
  link_type_ = pcap_datalink(pcap_.get());
  account_.interrupted.clear();
}

/** libpcap's own counters are narrower than ours. */
void Capture::count_drops() {
  pcap_stat stats;
  if (pcap_stats(pcap_.get(), &stats) != 0) return;
  account_.dropped_by_kernel += stats.ps_drop - last_stats_.ps_drop;
  account_.dropped_by_interface += stats.ps_ifdrop - last_stats_.ps_ifdrop;
  last_stats_ = stats;
}

/** Once in an interval. When JavaScript lags, the table keeps what changed, and that is told the next time. */
void Capture::tell(int64_t now_ns) {
  publish();
  if (now_ns < next_tell_ns_) return;
  next_tell_ns_ = now_ns + options_.interval_ms * 1'000'000LL;
  quic_left_ = kQuicPerInterval;
  if (applications_ != nullptr && !is_file()) applications_->allow(kApplicationsPerInterval);
  if (!is_file() && pcap_ != nullptr) count_drops();
  table_.tell_changes([this] { return !sink_.javascript_lags(); });
  hand_over();
}

void Capture::hand_over() {
  if (sink_.hand_over()) notify_();
}

void Capture::end(const std::string& error) {
  table_.flush();
  table_.end_all();
  names_.end();
  if (applications_ != nullptr) applications_->end_all();
  hand_over();
  publish();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    end_error_ = error;
  }
  notify_();
}

void Capture::publish() {
  account_.flows = table_.counts();
  account_.beginnings_unread = names_.unread();
  if (applications_ != nullptr) account_.applications = applications_->counts();
  account_.records = sink_.made();
  account_.records_lost = sink_.lost();
  const std::lock_guard<std::mutex> lock(mutex_);
  published_ = account_;
}

Account Capture::account() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return published_;
}

bool Capture::has_ended(std::string& error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  error = end_error_;
  return ended_;
}
