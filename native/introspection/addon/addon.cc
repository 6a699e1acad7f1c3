/** The native surface. src/addon.ts declares its types. */
#include <malloc.h>
#include <napi.h>

#include "addon_session.h"
#include "batch_queue.h"
#include "privileges.h"
#include "record_source.h"

namespace {

/** Everything that one `open` holds. */
class Session {
 public:
  explicit Session(std::unique_ptr<RecordSource> source) : source_(std::move(source)) {}
  ~Session() { close(); }

  bool open() { return source_->open(); }
  const Failure& failure() { return source_->failure(); }

  bool start(addon::WaitingFunction function) {
    function_ = function;
    is_open_ = true;
    return source_->start([this, function](std::unique_ptr<Batch> batch) {
      // Refused only when aborted, and then nobody waits for it.
      if (queue_.push(std::move(batch))) function.NonBlockingCall();
    });
  }

  BatchQueue& queue() { return queue_; }

  RecordSource& source() { return *source_; }

  void close() {
    if (!is_open_) return;
    is_open_ = false;
    source_->close();
    queue_.clear();
    function_.Abort();
  }

 private:
  BatchQueue queue_;
  std::unique_ptr<RecordSource> source_;
  addon::WaitingFunction function_;
  bool is_open_ = false;
};

Napi::Array parts_array(Napi::Env env, const std::vector<PartReport>& reports) {
  Napi::Array array = Napi::Array::New(env, reports.size());
  for (uint32_t i = 0; i < reports.size(); i++) {
    Napi::Object report = Napi::Object::New(env);
    report.Set("name", reports[i].name);
    report.Set("purpose", reports[i].purpose);
    report.Set("state", reports[i].state);
    report.Set("error", addon::text_or_null(env, reports[i].error));
    array.Set(i, report);
  }
  return array;
}

Napi::Array texts_array(Napi::Env env, const std::vector<std::string>& texts) {
  Napi::Array array = Napi::Array::New(env, texts.size());
  for (uint32_t i = 0; i < texts.size(); i++) array.Set(i, texts[i]);
  return array;
}

Napi::Object account_object(Napi::Env env, const Account& account) {
  Napi::Object dropped = Napi::Object::New(env);
  for (const auto& [reason, count] : account.dropped) dropped.Set(reason, static_cast<double>(count));
  Napi::Object object = Napi::Object::New(env);
  object.Set("produced", static_cast<double>(account.produced));
  object.Set("delivered", static_cast<double>(account.delivered));
  object.Set("buffered", static_cast<double>(account.buffered));
  object.Set("dropped", dropped);
  return object;
}

/** Null for a kind that this build does not have. */
std::unique_ptr<RecordSource> make_source(const std::string& kind, const SourceOptions& options) {
  if (kind == "ebpf") return make_ebpf_source(options);
  if (kind == "netlink") return make_netlink_source(options);
  if (kind == "libebpfflow") return make_libebpfflow_source(options);
  return nullptr;
}

/** Arguments were checked in TypeScript. */
Napi::Value open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const Napi::Object given = info[0].As<Napi::Object>();
  const auto text = [&given](const char* key) { return given.Get(key).As<Napi::String>().Utf8Value(); };
  const auto number = [&given](const char* key) { return given.Get(key).As<Napi::Number>().Uint32Value(); };
  SourceOptions options;
  options.cgroup = text("cgroup");
  options.ring_bytes = number("ringBytes");
  options.datagram_interval_ms = number("datagramIntervalMs");
  options.sweep_interval_ms = number("sweepIntervalMs");
  options.tier = text("tier");
  options.library = text("library");
  options.netlink = given.Get("netlink").As<Napi::Boolean>();

  auto made = make_source(text("source"), options);
  if (made == nullptr) return addon::failure_object(env, {"UNSUPPORTED", "This build has no source " + text("source") + "."});
  auto session = std::make_shared<Session>(std::move(made));
  Napi::Object result;
  if (!addon::start_session(env, session, info[1], "packetless introspection", result)) return result;

  RecordSource& source = session->source();
  result.Set("tier", source.tier());
  result.Set("programs", Napi::Function::New(env, [session](const Napi::CallbackInfo& call) -> Napi::Value {
               return parts_array(call.Env(), session->source().reports());
             }));
  result.Set("capabilities", texts_array(env, source.capabilities()));
  result.Set("resetReasons", texts_array(env, source.reset_reasons()));
  result.Set("account", Napi::Function::New(env, [session](const Napi::CallbackInfo& call) -> Napi::Value {
               return account_object(call.Env(), session->source().account());
             }));
  result.Set("tellTranslations", Napi::Function::New(env, [session](const Napi::CallbackInfo&) {
               session->source().tell_translations();
             }));
  return result;
}

/** Names of the capabilities to keep → those that are left, and what went wrong, or null. */
Napi::Value drop(const Napi::CallbackInfo& info) {
  const Napi::Array names = info[0].As<Napi::Array>();
  CapabilitySet keep = 0;
  for (uint32_t i = 0; i < names.Length(); i++) {
    const int number = capability_number(names.Get(i).As<Napi::String>().Utf8Value());
    if (number >= 0) keep |= CapabilitySet{1} << number;
  }
  const std::string error = drop_privileges(keep);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("kept", texts_array(info.Env(), capability_names(permitted_capabilities())));
  result.Set("error", addon::text_or_null(info.Env(), error));
  return result;
}

void release_memory(const Napi::CallbackInfo&) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, open));
  exports.Set("dropPrivileges", Napi::Function::New(env, drop));
  exports.Set("releaseMemory", Napi::Function::New(env, release_memory));
  return exports;
}

}  // namespace

NODE_API_MODULE(introspection, initialize)
