/** Scripts that make one connection and say what they know of it, as the traffic program does. */
import { accessSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { World } from '../stage.js';

export interface Script {
  readonly name: string;
  readonly title: string;
  /** The program that must be there; null: the traffic program itself. */
  readonly interpreter: string | null;
  text(interpreter: string): string;
}

/** Called as the traffic program is: MODE NAME=VALUE…, of which these scripts know address, port and send. */
const SHELL = `
for word in "$@"; do
  case "$word" in address=*) address=\${word#*=} ;; port=*) port=\${word#*=} ;; send=*) send=\${word#*=} ;; esac
done
begin=$((\${EPOCHREALTIME/[^0-9]/} / 1000))
exec 3<>"/dev/tcp/$address/$port"
connecting=$((\${EPOCHREALTIME/[^0-9]/} / 1000 - begin + 1))
printf "%\${send}s" '' >&3
received=0
while IFS= read -r -N 1 -u 3 _; do received=$((received + 1)); done
exec 3>&-
end=$((\${EPOCHREALTIME/[^0-9]/} / 1000))
printf '{"end":{"pid":%d,"tid":%d,"uid":%d,"gid":%d,"exe":"%s","deleted":false,"parent":%d,"parentExe":"%s","netns":%d' \\
  $$ $$ "$UID" "$(id -g)" "$(readlink /proc/$$/exe)" "$PPID" "$(readlink /proc/$PPID/exe)" "$(stat -Lc %i /proc/$$/ns/net)"
printf ',"protocol":6,"cookie":0,"local":"","localPort":0,"remote":"%s","remotePort":%d' "$address" "$port"
printf ',"sent":%d,"received":%d,"packetsSent":0,"packetsReceived":0' "$send" "$received"
printf ',"begin":%d,"end":%d,"connectingMs":%d,"error":0,"retransmits":-1}}\\n' "$begin" "$end" "$connecting"
`;

const PYTHON = `
import json, os, socket, struct, sys, threading, time

given = dict(word.split('=', 1) for word in sys.argv[2:])
now = lambda: time.time() * 1000
family = socket.AF_INET6 if ':' in given['address'] else socket.AF_INET
connection = socket.socket(family, socket.SOCK_STREAM)
SO_COOKIE = 57
cookie, = struct.unpack('Q', connection.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))
begin = now()
connection.connect((given['address'], int(given['port'])))
connecting = now() - begin
local = connection.getsockname()
sent = int(given['send'])
connection.sendall(bytes(sent))
connection.shutdown(socket.SHUT_WR)
received = 0
while data := connection.recv(65536):
    received += len(data)
connection.close()
print(json.dumps({'end': {
    'pid': os.getpid(), 'tid': threading.get_native_id(), 'uid': os.getuid(), 'gid': os.getgid(),
    'exe': os.readlink('/proc/self/exe'), 'deleted': False,
    'parent': os.getppid(), 'parentExe': os.readlink('/proc/%d/exe' % os.getppid()),
    'netns': os.stat('/proc/self/ns/net').st_ino, 'protocol': 6, 'cookie': cookie,
    'local': local[0], 'localPort': local[1], 'remote': given['address'], 'remotePort': int(given['port']),
    'sent': sent, 'received': received, 'packetsSent': 0, 'packetsReceived': 0,
    'begin': begin, 'end': now(), 'connectingMs': connecting, 'error': 0, 'retransmits': -1}}))
`;

export const SCRIPTS: readonly Script[] = [
  {
    name: 'own',
    title: 'Script: of an interpreter nobody knows',
    interpreter: null,
    text: (interpreter) => `#!${interpreter} script\n`,
  },
  { name: 'bash', title: 'Script: bash', interpreter: 'bash', text: (bash) => `#!${bash}\n${SHELL}` },
  {
    name: 'python',
    title: 'Script: Python',
    interpreter: 'python3',
    text: () => `#!/usr/bin/env python3\n${PYTHON}`,
  },
];

/** Gives the path of the script; null when its interpreter is missing. */
export function writeScript({ name, interpreter, text }: Script, { folder, programs }: World): string | null {
  const program = interpreter === null ? programs.client : which(interpreter);
  if (program === null) return null;
  const path = join(folder, `talk-${name}`);
  writeFileSync(path, text(program), { mode: 0o755 });
  return path;
}

function which(name: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this one.
    }
  }
  return null;
}
