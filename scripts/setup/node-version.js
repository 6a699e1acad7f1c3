const REQUIRED = [20, 19];

/** Ends the program with a message when this Node.js is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1])) return;
  console.error(
    `packetless: Node.js ${REQUIRED.join('.')} or newer is needed, this is ${process.versions.node}.\n` +
      'Install a current one from https://nodejs.org/ (22 or 24 are good choices) and try again.',
  );
  process.exit(1);
}
