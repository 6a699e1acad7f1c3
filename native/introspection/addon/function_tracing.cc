#include "function_tracing.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include "proc_files.h"

bool functions_can_be_traced() {
  std::string enabled;
  if (proc_files::read("/proc/sys/kernel/ftrace_enabled", 8, enabled) && enabled == "0\n") return false;
  const int function = libbpf_find_vmlinux_btf_id("inet_csk_accept", BPF_TRACE_FEXIT);
  if (function < 0) return false;
  bpf_insn instructions[2] = {};
  instructions[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  instructions[1].code = BPF_JMP | BPF_EXIT;
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FEXIT,
              .attach_btf_id = static_cast<__u32>(function));
  const int program = bpf_prog_load(BPF_PROG_TYPE_TRACING, nullptr, "Dual BSD/GPL", instructions, 2, &options);
  if (program < 0) return false;
  close(program);
  return true;
}
