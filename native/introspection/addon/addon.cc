/** The native surface: `open(options, onBatch)`. src/addon.ts declares its types. */
#include <bpf/bpf.h>
#include <napi.h>

#include "loaded_programs.h"
#include "reader.h"

namespace {

void deliver_batch(Napi::Env env, Napi::Function on_batch, std::nullptr_t*, Batch* batch);
using BatchFunction = Napi::TypedThreadSafeFunction<std::nullptr_t, Batch, deliver_batch>;

/** Runs in JavaScript's thread; `env` is null when the function was aborted with batches still in its queue. */
void deliver_batch(Napi::Env env, Napi::Function on_batch, std::nullptr_t*, Batch* pointer) {
  const std::unique_ptr<Batch> batch(pointer);
  const uint64_t size = batch->bytes().size();
  if (env != nullptr) {
    batch->progress->delivered += batch->records();
    on_batch.Call({Napi::Buffer<uint8_t>::Copy(env, batch->bytes().data(), size)});
  }
  batch->progress->outstanding_bytes -= size;
}

const char* const kDropNames[COUNTER_COUNT] = {
    nullptr,           "ring buffer full", "udp table full",      "no socket storage",
    "told table full", "scratch busy",     "datagram unreadable",
};

struct Account {
  uint64_t produced = 0;
  uint64_t delivered = 0;
  uint64_t buffered = 0;
  uint64_t missed = 0;
  uint64_t dropped[COUNTER_COUNT] = {};
};

/** Everything that one `open` holds. */
class Session {
 public:
  ~Session() { close(); }

  bool open(const std::string& cgroup, uint32_t ring_bytes) { return programs_.open(cgroup, ring_bytes); }

  bool start(uint32_t udp_interval_ms, BatchFunction function) {
    function_ = function;
    is_open_ = true;
    reader_ = std::make_unique<Reader>(programs_.ring_map(), programs_.udp_map(), udp_interval_ms,
                                       [function](std::unique_ptr<Batch> batch) {
                                         // Refused only when aborted, and then nobody waits for it.
                                         Batch* pointer = batch.release();
                                         if (function.NonBlockingCall(pointer) != napi_ok) delete pointer;
                                       });
    if (!reader_->start()) return false;
    programs_.name_existing_sockets();
    return true;
  }

  const LoadedPrograms& programs() const { return programs_; }

  Account account() {
    if (!is_open_) return last_account_;
    Account account;
    const Progress& progress = *reader_->progress();
    // Delivered first: what is delivered meanwhile then shows as still in the buffer, never as too much.
    account.delivered = progress.delivered;
    const uint64_t made = progress.made;
    const uint64_t submitted = counter(COUNT_SUBMITTED);
    account.buffered = submitted + made - account.delivered;
    account.missed = programs_.missed();
    account.produced = submitted + made + account.missed;
    for (uint32_t i = COUNT_SUBMITTED + 1; i < COUNTER_COUNT; i++) {
      account.dropped[i] = counter(i);
      account.produced += account.dropped[i];
    }
    return account;
  }

  void close() {
    if (!is_open_) return;
    reader_->stop();
    last_account_ = account();
    is_open_ = false;
    function_.Abort();
    reader_.reset();
    programs_.close();
  }

 private:
  uint64_t counter(uint32_t index) const {
    std::vector<uint64_t> values(libbpf_num_possible_cpus());
    bpf_map_lookup_elem(programs_.counters_map(), &index, values.data());
    uint64_t sum = 0;
    for (const uint64_t value : values) sum += value;
    return sum;
  }

  LoadedPrograms programs_;
  std::unique_ptr<Reader> reader_;
  BatchFunction function_;
  bool is_open_ = false;
  Account last_account_;
};

Napi::Object failure_object(Napi::Env env, const std::string& code, const std::string& message) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("code", code);
  result.Set("message", message);
  return result;
}

Napi::Array programs_array(Napi::Env env, const std::vector<ProgramReport>& reports) {
  Napi::Array array = Napi::Array::New(env, reports.size());
  for (uint32_t i = 0; i < reports.size(); i++) {
    Napi::Object report = Napi::Object::New(env);
    report.Set("name", reports[i].name);
    report.Set("purpose", reports[i].purpose);
    report.Set("state", reports[i].state);
    report.Set("error", reports[i].error.empty() ? env.Null() : Napi::String::New(env, reports[i].error));
    array.Set(i, report);
  }
  return array;
}

Napi::Object account_object(Napi::Env env, const Account& account) {
  Napi::Object dropped = Napi::Object::New(env);
  for (uint32_t i = COUNT_SUBMITTED + 1; i < COUNTER_COUNT; i++) {
    dropped.Set(kDropNames[i], static_cast<double>(account.dropped[i]));
  }
  dropped.Set("hook missed", static_cast<double>(account.missed));
  Napi::Object object = Napi::Object::New(env);
  object.Set("produced", static_cast<double>(account.produced));
  object.Set("delivered", static_cast<double>(account.delivered));
  object.Set("buffered", static_cast<double>(account.buffered));
  object.Set("dropped", dropped);
  return object;
}

/** Arguments were checked in TypeScript. */
Napi::Value open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const Napi::Object options = info[0].As<Napi::Object>();
  const std::string cgroup = options.Get("cgroup").As<Napi::String>();
  const uint32_t ring_bytes = options.Get("ringBytes").As<Napi::Number>();
  const uint32_t udp_interval_ms = options.Get("udpIntervalMs").As<Napi::Number>();

  auto session = std::make_shared<Session>();
  if (!session->open(cgroup, ring_bytes)) {
    const Failure& failure = session->programs().failure();
    return failure_object(env, failure.code, failure.message);
  }
  const auto function = BatchFunction::New(env, info[1].As<Napi::Function>(), "packetless introspection", 0, 1);
  if (!session->start(udp_interval_ms, function)) {
    session->close();
    return failure_object(env, "UNSUPPORTED", "The kernel's ring buffer cannot be read.");
  }
  // A process that ends without close() must not leave the thread behind.
  env.AddCleanupHook([weak = std::weak_ptr<Session>(session)] {
    if (const auto alive = weak.lock()) alive->close();
  });

  Napi::Object result = Napi::Object::New(env);
  result.Set("tier", session->programs().tier());
  result.Set("programs", programs_array(env, session->programs().reports()));
  result.Set("account", Napi::Function::New(env, [session](const Napi::CallbackInfo& call) -> Napi::Value {
               return account_object(call.Env(), session->account());
             }));
  result.Set("close", Napi::Function::New(env, [session](const Napi::CallbackInfo&) { session->close(); }));
  return result;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, open));
  return exports;
}

}  // namespace

NODE_API_MODULE(introspection, initialize)
