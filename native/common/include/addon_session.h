#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>

#include "failure.h"

namespace addon {

inline void tell_waiting(Napi::Env env, Napi::Function on_waiting, std::nullptr_t*, std::nullptr_t*) {
  // Null when the function was aborted meanwhile.
  if (env != nullptr) on_waiting.Call({});
}

/** Calls JavaScript's `onWaiting` in its own thread, from any thread. Refused only when aborted. */
using WaitingFunction = Napi::TypedThreadSafeFunction<std::nullptr_t, std::nullptr_t, tell_waiting>;

inline Napi::Value text_or_null(Napi::Env env, const std::string& text) {
  return text.empty() ? env.Null() : Napi::String::New(env, text);
}

inline Napi::Object failure_object(Napi::Env env, const Failure& failure) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("code", failure.code);
  result.Set("message", failure.message);
  return result;
}

/**
 * Starts what one `open` holds. `Session` has `open()`, `start(WaitingFunction)`, `failure()`, `queue()` and `close()`.
 * True: `result` has `take` and `close` of it. False: `result` says why not, and nothing is left of it.
 */
template <class Session>
bool start_session(Napi::Env env, const std::shared_ptr<Session>& session, const Napi::Value& on_waiting, const char* name,
                   Napi::Object& result) {
  if (!session->open()) {
    result = failure_object(env, session->failure());
    return false;
  }
  const auto function = WaitingFunction::New(env, on_waiting.As<Napi::Function>(), name, 0, 1);
  if (!session->start(function)) {
    session->close();
    result = failure_object(env, session->failure());
    return false;
  }
  // A process that ends without close() must not leave the thread behind.
  env.AddCleanupHook([weak = std::weak_ptr<Session>(session)] {
    if (const auto alive = weak.lock()) alive->close();
  });
  result = Napi::Object::New(env);
  result.Set("take", Napi::Function::New(env, [session](const Napi::CallbackInfo& call) -> Napi::Value {
               auto memory = call[0].As<Napi::Uint8Array>();
               const int64_t size = session->queue().take(memory.Data(), memory.ByteLength());
               return Napi::Number::New(call.Env(), static_cast<double>(size));
             }));
  result.Set("close", Napi::Function::New(env, [session](const Napi::CallbackInfo&) { session->close(); }));
  return true;
}

}  // namespace addon
