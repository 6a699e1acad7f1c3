/** Versions that the tools of the build work with: 20.19 and later, 22.12 and later, all from 23 on. */
const OLDEST = { 20: 19, 22: 12 };

/** Ends the program with a message when this Node.js is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major >= 23 || minor >= OLDEST[major]) return;
  console.error(
    `packetless: Node.js 20.19 or newer is needed (of 22, 22.12 or newer); this is ${process.versions.node}.\n` +
      'Install a current one from https://nodejs.org/ (22 or 24 are good choices) and try again.',
  );
  process.exit(1);
}
