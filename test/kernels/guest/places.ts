/** Where things are in a virtual machine; the preparation puts them there. */
export const CHECKS = '/checks';
export const AGENT = `${CHECKS}/node_modules/@packetless/agent/bin/packetless-agent.js`;
export const TRAFFIC = `${CHECKS}/traffic`;
/** The runs of the agent, as JSON. */
export const RUNS = `${CHECKS}/runs.json`;
