/** The native surface. src/addon.ts declares its types. */
#include <napi.h>

#include "capture.h"

namespace {

void tell_waiting(Napi::Env env, Napi::Function on_waiting, std::nullptr_t*, std::nullptr_t*);
using WaitingFunction = Napi::TypedThreadSafeFunction<std::nullptr_t, std::nullptr_t, tell_waiting>;

/** Runs in JavaScript's thread; `env` is null when the function was aborted meanwhile. */
void tell_waiting(Napi::Env env, Napi::Function on_waiting, std::nullptr_t*, std::nullptr_t*) {
  if (env != nullptr) on_waiting.Call({});
}

/** Everything that one `open` holds. */
class Session {
 public:
  explicit Session(const CaptureOptions& options) : capture_(options) {}
  ~Session() { close(); }

  bool start(WaitingFunction function) {
    function_ = function;
    is_open_ = true;
    // Refused only when aborted, and then nobody waits for it.
    return capture_.start([function]() mutable { function.NonBlockingCall(); });
  }

  Capture& capture() { return capture_; }

  /** What waits in the queue can still be taken. */
  void close() {
    if (!is_open_) return;
    is_open_ = false;
    capture_.stop();
    function_.Abort();
  }

 private:
  Capture capture_;
  WaitingFunction function_;
  bool is_open_ = false;
};

Napi::Object failure_object(Napi::Env env, const Failure& failure) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("code", failure.code);
  result.Set("message", failure.message);
  return result;
}

Napi::Object account_object(Napi::Env env, const Account& account) {
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&object](const char* name, uint64_t value) { object.Set(name, static_cast<double>(value)); };
  set("received", account.received);
  set("decoded", account.decoded);
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
  set("namesUnread", account.names_unread);
  set("records", account.records);
  set("recordsLost", account.records_lost);
  set("interruptions", account.interruptions);
  object.Set("interrupted", account.interrupted.empty() ? env.Null() : Napi::String::New(env, account.interrupted));
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
  options.interval_ms = number("intervalMs");
  return options;
}

/** Arguments were checked in TypeScript. */
Napi::Value open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto session = std::make_shared<Session>(read_options(info[0].As<Napi::Object>()));
  Capture& capture = session->capture();
  if (!capture.open()) return failure_object(env, capture.failure());
  const auto function = WaitingFunction::New(env, info[1].As<Napi::Function>(), "packetless capture", 0, 1);
  if (!session->start(function)) {
    session->close();
    return failure_object(env, capture.failure());
  }
  // A process that ends without close() must not leave the thread behind.
  env.AddCleanupHook([weak = std::weak_ptr<Session>(session)] {
    if (const auto alive = weak.lock()) alive->close();
  });

  Napi::Object result = Napi::Object::New(env);
  result.Set("account", Napi::Function::New(env, [session](const Napi::CallbackInfo& call) -> Napi::Value {
               return account_object(call.Env(), session->capture().account());
             }));
  result.Set("take", Napi::Function::New(env, [session](const Napi::CallbackInfo& call) -> Napi::Value {
               auto memory = call[0].As<Napi::Uint8Array>();
               const int64_t size = session->capture().queue().take(memory.Data(), memory.ByteLength());
               return Napi::Number::New(call.Env(), static_cast<double>(size));
             }));
  result.Set("ended", Napi::Function::New(env, [session](const Napi::CallbackInfo& call) -> Napi::Value {
               std::string error;
               if (!session->capture().has_ended(error)) return call.Env().Null();
               return Napi::String::New(call.Env(), error);
             }));
  result.Set("close", Napi::Function::New(env, [session](const Napi::CallbackInfo&) { session->close(); }));
  return result;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, open));
  return exports;
}

}  // namespace

NODE_API_MODULE(capture, initialize)
