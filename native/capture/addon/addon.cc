/** The native surface. src/addon.ts declares its types. */
#include <napi.h>

#include "addon_session.h"
#include "capture.h"
#include "load_library.h"

namespace {

/** Everything that one `open` holds. */
class Session {
 public:
  explicit Session(const CaptureOptions& options) : capture_(options) {}
  ~Session() { close(); }

  bool open() { return capture_.open(); }
  const Failure& failure() { return capture_.failure(); }

  bool start(addon::WaitingFunction function) {
    function_ = function;
    is_open_ = true;
    // Refused only when aborted, and then nobody waits for it.
    return capture_.start([function]() mutable { function.NonBlockingCall(); });
  }

  Capture& capture() { return capture_; }
  BatchQueue& queue() { return capture_.queue(); }

  /** What waits in the queue can still be taken. */
  void close() {
    if (!is_open_) return;
    is_open_ = false;
    capture_.stop();
    function_.Abort();
  }

 private:
  Capture capture_;
  addon::WaitingFunction function_;
  bool is_open_ = false;
};

Napi::Object account_object(Napi::Env env, const Account& account) {
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&object](const char* name, uint64_t value) { object.Set(name, static_cast<double>(value)); };
  set("received", account.received);
  set("decoded", account.decoded);
  set("repeated", account.repeated);
  set("droppedByKernel", account.dropped_by_kernel);
  set("droppedByInterface", account.dropped_by_interface);
  set("flowsBegun", account.flows.begun);
  set("flowsLiving", account.flows.living);
  set("flowsClosed", account.flows.closed);
  set("flowsIdle", account.flows.idle);
  set("flowsReused", account.flows.reused);
  set("flowsEvicted", account.flows.evicted);
  set("fragmentsWithoutPorts", account.flows.fragments_without_ports);
  set("namesTold", account.names_told);
  set("namesRepeated", account.names_repeated);
  set("namesMalformed", account.names_malformed);
  set("namesUnread", account.names_unread + account.beginnings_unread);
  set("applicationFlows", account.applications.flows);
  set("applicationsRecognized", account.applications.recognized);
  set("applicationsUnknown", account.applications.unknown);
  set("applicationsCrowdedOut", account.applications.crowded_out);
  set("records", account.records);
  set("recordsLost", account.records_lost);
  set("interruptions", account.interruptions);
  object.Set("interrupted", addon::text_or_null(env, account.interrupted));
  Napi::Array problems = Napi::Array::New(env, DECODE_PROBLEM_COUNT);
  for (uint32_t i = 0; i < DECODE_PROBLEM_COUNT; i++) problems.Set(i, static_cast<double>(account.problems[i]));
  object.Set("problems", problems);
  return object;
}

CaptureOptions read_options(const Napi::Object& given) {
  const auto text = [&given](const char* key) { return given.Get(key).As<Napi::String>().Utf8Value(); };
  const auto number = [&given](const char* key) { return given.Get(key).As<Napi::Number>().Uint32Value(); };
  const auto is = [&given](const char* key) { return given.Get(key).As<Napi::Boolean>().Value(); };
  const auto seconds = [&number](const char* key) { return uint64_t{number(key)} * 1'000'000'000; };
  CaptureOptions options;
  options.source.interface = text("interface");
  options.source.file = text("file");
  options.source.filter = text("filter");
  options.source.promiscuous = is("promiscuous");
  options.source.snaplen = static_cast<int>(number("snaplen"));
  options.source.buffer_bytes = static_cast<int>(number("bufferBytes"));
  options.decoder.inside_tunnels = is("insideTunnels");
  options.limits.most_flows = number("maxFlows");
  options.limits.tcp_idle_ns = seconds("tcpIdleSeconds");
  options.limits.other_idle_ns = seconds("otherIdleSeconds");
  options.limits.closed_idle_ns = seconds("closedIdleSeconds");
  options.names = is("names");
  std::string reason;
  if (is("applications")) options.applications = load_application_library(reason);
  options.interval_ms = number("intervalMs");
  return options;
}

/** Arguments were checked in TypeScript. */
Napi::Value open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto session = std::make_shared<Session>(read_options(info[0].As<Napi::Object>()));
  Napi::Object result;
  if (!addon::start_session(env, session, info[1], "packetless capture", result)) return result;
  result.Set("account", Napi::Function::New(env, [session](const Napi::CallbackInfo& call) -> Napi::Value {
               return account_object(call.Env(), session->capture().account());
             }));
  result.Set("ended", Napi::Function::New(env, [session](const Napi::CallbackInfo& call) -> Napi::Value {
               std::string error;
               if (!session->capture().has_ended(error)) return call.Env().Null();
               return Napi::String::New(call.Env(), error);
             }));
  return result;
}

/** A version, or why there is none. */
Napi::Value applications(const Napi::CallbackInfo& info) {
  std::string reason;
  const ApplicationLibrary* library = load_application_library(reason);
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set(library == nullptr ? "reason" : "version",
             Napi::String::New(info.Env(), library == nullptr ? reason : library->version));
  return object;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, open));
  exports.Set("applications", Napi::Function::New(env, applications));
  return exports;
}

}  // namespace

NODE_API_MODULE(capture, initialize)
