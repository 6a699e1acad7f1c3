import type { Flow, FlowEndpoint } from '@packetless/model';
import { useEffect, useRef, useState } from 'react';
import { portText } from '../../domain/endpoint-text.js';
import { stateText } from '../../domain/flow-state.js';
import { visibleText } from '../../domain/visible-text.js';
import { useFlowView } from '../../stores/view.js';
import { Link } from '../link.js';
import { Conversation } from './conversation.js';
import { DetailsFrame } from './details-frame.js';
import { EndpointDetails } from './endpoint-details.js';
import { FlowFacts } from './flow-facts.js';
import { TcpPanel } from './tcp-panel.js';
import { TrafficPanel } from './traffic-panel.js';

interface Props {
  readonly id: string;
  /** Where the details cover everything else, the keyboard goes with them. */
  readonly takesFocus: boolean;
  readonly onClose: () => void;
}

/** One flow, live. What was known last stays when the flow is gone. */
export function FlowDetails({ id, takesFocus, onClose }: Props) {
  const { rows, error } = useFlowView(id);
  const now = rows?.[0] ?? null;
  const [last, setLast] = useState<Flow | null>(null);
  if (now !== null && now !== last) setLast(now);
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (takesFocus) close.current?.focus();
  }, [takesFocus]);

  const flow = now ?? last;
  const gone = rows !== null && now === null;
  return (
    <DetailsFrame
      label="Flow details"
      testId="flow-details"
      title={flow === null ? <h1>Flow</h1> : <Title flow={flow} />}
      closeButton={close}
      onClose={onClose}
    >
      {gone && flow !== null && (
        <p className="notice" role="status" data-testid="flow-expired">
          This flow has expired: the collector no longer keeps it. Below is what was known last.
        </p>
      )}
      {flow !== null ? (
        <FlowContent flow={flow} />
      ) : (
        (gone || error !== null) && (
          <div className="details-none" data-testid="flow-expired">
            <p>The collector does not know this flow. It has expired, or the collector was started since.</p>
            <p>
              <Link to="/">See the flows of now</Link>
            </p>
          </div>
        )
      )}
    </DetailsFrame>
  );
}

function Title({ flow }: { flow: Flow }) {
  const state = stateText(flow);
  return (
    <div className="details-title">
      <h1>
        {visibleText(flow.protocol).toUpperCase()}
        <span className="details-port">{portText(flow.protocol, flow.server.port)}</span>
      </h1>
      <span className={`state-badge tone-text-${state.tone}`} title={state.explanation}>
        <span className={`dot tone-${state.tone}`} />
        {state.label}
      </span>
    </div>
  );
}

function FlowContent({ flow }: { flow: Flow }) {
  return (
    <div className="details-content">
      <Conversation flow={flow} />
      {flow.tcp !== null && <TcpPanel tcp={flow.tcp} state={flow.state} />}
      <TrafficPanel flow={flow} />
      <EndpointDetails title="Client" endpoint={flow.client} unknown={unknownAt(flow.client)} />
      <EndpointDetails title="Server" endpoint={flow.server} unknown={unknownAt(flow.server)} />
      <FlowFacts flow={flow} />
    </div>
  );
}

function unknownAt({ address }: FlowEndpoint): string {
  return `No witness named the process. An agent on ${visibleText(address)} would.`;
}
