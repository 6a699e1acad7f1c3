#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "application_detection.h"
#include "batch_queue.h"
#include "decoder.h"
#include "device_choice.h"
#include "flow_table.h"
#include "name_finder.h"
#include "packet_file.h"
#include "packet_source.h"
#include "record_sink.h"
#include "told_names.h"

struct CaptureOptions {
  SourceOptions source;
  DecoderOptions decoder;
  FlowLimits limits;
  bool names = false;
  /** Null: applications are not looked for. They are told among the names. */
  const ApplicationLibrary* applications = nullptr;
  /** How often changed flows are handed over. */
  uint32_t interval_ms = 1000;
};

/** received = decoded + repeated + problems. */
struct Account {
  uint64_t received = 0;
  uint64_t decoded = 0;
  /** Another interface had shown them before. */
  uint64_t repeated = 0;
  uint64_t problems[DECODE_PROBLEM_COUNT] = {};
  /** The kernel's ring was full. */
  uint64_t dropped_by_kernel = 0;
  uint64_t dropped_by_interface = 0;
  FlowCounts flows;
  uint64_t names_told = 0;
  /** Told already a little while ago. */
  uint64_t names_repeated = 0;
  uint64_t names_malformed = 0;
  /** Beginnings of QUIC of which there were more than JavaScript is to read. */
  uint64_t names_unread = 0;
  /** Beginnings of TCP connections that were not read to their end. */
  uint64_t beginnings_unread = 0;
  ApplicationCounts applications;
  /** Records that were put into batches, and those for which there was no room. */
  uint64_t records = 0;
  uint64_t records_lost = 0;
  /** How often the interface went away, and why it is away now; empty while it is there. */
  uint64_t interruptions = 0;
  std::string interrupted;
};

/** Packets of one interface or file, read by a thread of its own, as flows. */
class Capture {
 public:
  /** Called in the capture's thread when JavaScript has to look: at the queue, or at the end. */
  using Notify = std::function<void()>;

  explicit Capture(const CaptureOptions& options);
  ~Capture() { stop(); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /** False: see `failure()`. Packets are kept from now on. */
  bool open();
  bool start(Notify notify);
  /** Returns when the thread has ended. */
  void stop();

  const Failure& failure() const { return failure_; }
  BatchQueue& queue() { return queue_; }
  Account account();
  /** All packets were read, or no more can be: then `error` says why. */
  bool has_ended(std::string& error);

 private:
  static void take_live(u_char* capture, const pcap_pkthdr* header, const u_char* bytes);
  void take(const FilePacket& packet);
  void add(const Arrival& arrival);
  void tell_name(uint64_t flow_id, const FoundName& name, uint64_t time_ns);
  bool may_tell_quic();
  void tell_quic(const Packet& packet, uint64_t flow_id, uint64_t time_ns);
  void tell_application(const ApplicationName& name, uint64_t flow_id, uint64_t time_ns);
  void append(const void* record, size_t size);
  bool is_file() const { return !options_.source.file.empty(); }
  void run_file();
  void wait_for_javascript();
  void run_interface();
  void read_interface();
  void wait_for_packets(int timeout_ms);
  void reopen();
  void interrupted(const std::string& why);
  void count_drops();
  void tell(int64_t now_ns);
  void hand_over();
  void end(const std::string& error);
  void publish();

  const CaptureOptions options_;
  Failure failure_;
  Notify notify_;
  /** One of the two. An interface that went away has none. */
  Pcap pcap_;
  std::unique_ptr<PacketFile> file_;
  int link_type_ = 0;
  BatchQueue queue_;
  RecordSink sink_{queue_};
  FlowTable table_;
  /** Null where packets are of one interface. */
  std::unique_ptr<DeviceChoice> device_choice_;
  NameFinder names_;
  ToldNames told_names_;
  std::unique_ptr<ApplicationDetection> applications_;
  /** The capturing thread's own; `published_` is what others see. */
  Account account_;
  pcap_stat last_stats_ = {};
  int64_t next_tell_ns_ = 0;
  /** Beginnings of QUIC that JavaScript may still be given in this interval. */
  int quic_left_ = 0;
  int stopping_ = -1;
  std::atomic<bool> stop_{false};
  std::thread thread_;

  std::mutex mutex_;
  Account published_;
  bool ended_ = false;
  std::string end_error_;
};
