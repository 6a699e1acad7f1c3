import type { ConnectionState, ConnectionStatus } from '@packetless/live';

const WORDS: { readonly [State in ConnectionState]: { readonly label: string; readonly title: string } } = {
  connecting: { label: 'Connecting', title: 'Connecting to the collector' },
  live: { label: 'Live', title: 'What is shown is what the collector sees now' },
  reconnecting: {
    label: 'Reconnecting',
    title: 'The collector does not answer. What is shown is the last that was known; it goes on by itself.',
  },
  closed: { label: 'Closed', title: 'Not connected' },
};

export function ConnectionBadge({ status }: { status: ConnectionStatus }) {
  const { label, title } = WORDS[status.state];
  const version = status.version === null ? '' : ` (version ${status.version})`;
  return (
    <span
      className={`connection connection-${status.state}`}
      data-testid="connection-state"
      data-state={status.state}
      title={title + version}
      role="status"
    >
      <span className="dot" />
      <span className="connection-label">{label}</span>
    </span>
  );
}
