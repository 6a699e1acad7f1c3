// A collector that knows nothing of us: a plain SUB socket, in a process of its own, because zeromq's native part
// cannot be loaded by two suites of one jest process. Arguments: bind|connect ADDRESS.
// Prints {"listening": ADDRESS}, then {"frames": [HEX, …]} for each message.
import { Subscriber } from 'zeromq';

const [mode, address] = process.argv.slice(2);
const socket = new Subscriber();
socket.subscribe();
if (mode === 'bind') await socket.bind(address);
else socket.connect(address);
console.log(JSON.stringify({ listening: socket.lastEndpoint }));
for await (const frames of socket) {
  console.log(JSON.stringify({ frames: frames.map((frame) => frame.toString('hex')) }));
}
