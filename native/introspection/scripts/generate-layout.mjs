/**
 * Reads the type information (BTF) of the kernel programs, `bpftool btf dump --json`, on stdin and writes the
 * offsets and sizes of the records of layout/record_layout.h as TypeScript on stdout.
 */
import { readFileSync } from 'node:fs';

const STRUCTS = [
  'batch_header',
  'record_header',
  'owner_fields',
  'socket_fields',
  'tcp_counters',
  'tcp_record',
  'datagram_record',
  'process_record',
  'exit_record',
  'cgroup_record',
  'listener_record',
  'sweep_record',
  'interface_record',
];
const ENUMS = [
  'record_version',
  'record_kind',
  'owner_evidence',
  'socket_side',
  'socket_flag',
  'datagram_phase',
  'retransmit_cause',
  'reset_by',
  'own_reset_reason',
  'own_error',
  'duplex',
  'process_flag',
  'cgroup_flag',
  'counter',
];

const { types } = JSON.parse(readFileSync(0, 'utf8'));

function find(kind, name) {
  const type = types.find((candidate) => candidate.kind === kind && candidate.name === name);
  if (!type) throw new Error(`the kernel programs' type information has no ${kind} ${name}`);
  return type;
}

const constant = (name) => name.toUpperCase();
const member = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

const lines = [
  '/** Made by scripts/generate-layout.mjs from layout/record_layout.h. Offsets and sizes in bytes. */',
];
for (const name of STRUCTS) {
  const type = find('STRUCT', name);
  const members = type.members.map(({ name, bits_offset }) => `${member(name)}: ${bits_offset / 8}`);
  lines.push(
    `export const ${constant(name)} = { ${members.join(', ')}, byteLength: ${type.size} } as const;`,
  );
}
for (const name of ENUMS) {
  const values = find('ENUM', name).values.map(({ name, val }) => `${name}: ${val}`);
  lines.push(`export const ${constant(name)} = { ${values.join(', ')} } as const;`);
}
process.stdout.write(`${lines.join('\n')}\n`);
