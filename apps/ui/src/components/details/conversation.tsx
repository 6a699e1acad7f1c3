import type { Container, Flow, FlowEndpoint, ParentProcess } from '@packetless/model';
import type { ReactNode } from 'react';
import { briefContainerText, containerTitle } from '../../domain/container-text.js';
import { endName, portText, userText } from '../../domain/endpoint-text.js';
import { stateText } from '../../domain/flow-state.js';
import { bytes, inline } from '../../domain/quantity.js';
import { endBehind } from '../../domain/translation.js';
import { visibleText } from '../../domain/visible-text.js';
import './conversation.css';

/**
 * The conversation drawn: client host – parent – process ⇄ process – parent – server host, each side from its host
 * down to the process, the processes joined at the bottom.
 */
export function Conversation({ flow }: { flow: Flow }) {
  const { tone } = stateText(flow);
  const { client, server, protocol } = flow;
  return (
    <figure className={`conversation conversation-${tone}`} aria-label="Who talks to whom">
      <Side end="Client" endpoint={client} behind={endBehind(flow, 'client')} askedFor={null} />
      <Side end="Server" endpoint={server} behind={endBehind(flow, 'server')} askedFor={flow.serverName} />
      <div className="wire">
        <span className="wire-line" />
        <span className="wire-port">{portText(protocol, client.port)}</span>
        <span className="wire-label">
          <span title="Client to server">{amount(flow.bytes.sent)} →</span>
          <span title="Server to client">← {amount(flow.bytes.received)}</span>
        </span>
        <span className="wire-port">{portText(protocol, server.port)}</span>
      </div>
    </figure>
  );
}

function amount(number: number | null): string {
  return number === null ? '–' : inline(bytes(number));
}

interface SideProps {
  readonly end: 'Client' | 'Server';
  readonly endpoint: FlowEndpoint;
  /** Its other address and port behind a translation of addresses; null without one. */
  readonly behind: string | null;
  /** What the other side called it. */
  readonly askedFor: string | null;
}

const BEHIND = { Client: 'as others see it (NAT)', Server: 'where it goes (NAT)' } as const;

function Side({ end, endpoint, behind, askedFor }: SideProps) {
  const { process, container } = endpoint;
  const parent = process?.parent ?? null;
  return (
    <div className="side">
      <Node
        kind={`${end} host`}
        icon={<HostIcon />}
        name={visibleText(endpoint.address)}
        note={placeText(endpoint, askedFor)}
      />
      <span className="side-line" />
      {behind !== null && (
        <>
          <Node kind="Translated" icon={<TranslationIcon />} name={behind} note={BEHIND[end]} />
          <span className="side-line" />
        </>
      )}
      {parent !== null && (
        <>
          <Node kind="Parent" icon={<ParentIcon />} name={visibleText(parent.name)} note={who(parent)} />
          <span className="side-line" />
        </>
      )}
      <Boxed container={container}>
        {process === null ? (
          <Node kind="Process" icon={<ProcessIcon />} name="not named" note="no agent there" unknown />
        ) : (
          <Node
            kind="Process"
            icon={<ProcessIcon />}
            name={visibleText(process.name)}
            note={who(process)}
            role={process.role}
            strong
          />
        )}
      </Boxed>
    </div>
  );
}

function placeText(endpoint: FlowEndpoint, askedFor: string | null): string {
  const { local, network } = endpoint;
  return endName(endpoint, askedFor)?.text ?? visibleText(network ?? (local ? 'local network' : 'remote'));
}

function who(process: ParentProcess): string {
  return [userText(process), `pid ${process.pid}`].filter(Boolean).join(' · ');
}

/** A container is drawn around its process. */
function Boxed({ container, children }: { container: Container | null; children: ReactNode }) {
  if (container === null) return children;
  return (
    <div className="container-box">
      <span className="container-name" title={containerTitle(container)}>
        {briefContainerText(container)}
      </span>
      {children}
    </div>
  );
}

interface NodeProps {
  readonly kind: string;
  readonly icon: ReactNode;
  readonly name: string;
  readonly note: string;
  /** What it does for containers. */
  readonly role?: string | null;
  readonly strong?: boolean;
  readonly unknown?: boolean;
}

function Node({ kind, icon, name, note, role = null, strong = false, unknown = false }: NodeProps) {
  const className = `node${strong ? ' node-strong' : ''}${unknown ? ' node-unknown' : ''}`;
  return (
    <div className={className} title={kind}>
      <span className="node-icon">{icon}</span>
      <span className="node-name">{name}</span>
      <span className="node-note">{note}</span>
      {role !== null && <span className="node-note node-role">{visibleText(role)}</span>}
    </div>
  );
}

const STROKE = {
  fill: 'none',
  stroke: 'currentColor',
  strokeWidth: 1.5,
  strokeLinejoin: 'round',
  strokeLinecap: 'round',
} as const;

function HostIcon() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {...STROKE}>
      <path d="M2 2.500h12v4.500H2zM2 9h12v4.500H2zM4.500 4.800h.01M4.500 11.300h.01" />
    </svg>
  );
}

function TranslationIcon() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {...STROKE}>
      <path d="M2 5.500h11M10 2.500l3 3-3 3M14 10.500H3M6 7.500l-3 3 3 3" />
    </svg>
  );
}

function ParentIcon() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {...STROKE}>
      <path d="M5 2.500h6v4H5zM8 6.500v3M3.500 13.500V9.500h9v4" />
    </svg>
  );
}

function ProcessIcon() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {...STROKE}>
      <path d="M1.500 2.500h13v11h-13zM4 6l2.500 2L4 10M8.500 10.500H12" />
    </svg>
  );
}
