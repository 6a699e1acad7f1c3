/**
 * Reads the type information (BTF) of layout/layout.c, `bpftool btf dump --json`, on stdin and writes the offsets and
 * sizes of its structs and the values of its enums as TypeScript on stdout. The struct that gathers them all, of the
 * variable `layout`, is left out.
 */
import { readFileSync } from 'node:fs';

const { types } = JSON.parse(readFileSync(0, 'utf8'));

const constant = (name) => name.toUpperCase();
const member = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const gathering = types.find(({ kind, name }) => kind === 'VAR' && name === 'layout').type_id;
const isNamed = (wanted) => (type) => type.kind === wanted && type.name !== '(anon)' && type.id !== gathering;

const lines = ['/** Made from the structs that layout/layout.c gathers. Offsets and sizes in bytes. */'];
for (const type of types.filter(isNamed('STRUCT'))) {
  const members = type.members.map(({ name, bits_offset }) => `${member(name)}: ${bits_offset / 8}`);
  lines.push(
    `export const ${constant(type.name)} = { ${members.join(', ')}, byteLength: ${type.size} } as const;`,
  );
}
for (const type of types.filter(isNamed('ENUM'))) {
  const values = type.values.map(({ name, val }) => `${name}: ${val}`);
  lines.push(`export const ${constant(type.name)} = { ${values.join(', ')} } as const;`);
}
process.stdout.write(`${lines.join('\n')}\n`);
