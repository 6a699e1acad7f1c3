import type { Flow } from '@packetless/model';
import { memo } from 'react';
import { applicationText } from '../../domain/application-text.js';
import { stateText } from '../../domain/flow-state.js';
import { byteRate, bytes, count, exact, inline, latency } from '../../domain/quantity.js';
import { endBehind } from '../../domain/translation.js';
import { visibleText } from '../../domain/visible-text.js';
import { witnessMarks } from '../../domain/witnesses.js';
import { FlowAge } from '../flow-age.js';
import { Measure } from '../measure.js';
import { Cell } from '../table/cell.js';
import { EndpointCell } from './endpoint-cell.js';

interface Props {
  readonly flow: Flow;
}

/** One flow's cells. Drawn again only when the flow is another object, that is, when it changed. */
export const FlowRow = memo(function FlowRow({ flow }: Props) {
  const state = stateText(flow);
  return (
    <>
      <Cell column="state" title={state.explanation}>
        <span className={`dot tone-${state.tone}`} />
        <span className={`state-label tone-text-${state.tone}`}>{state.label}</span>
      </Cell>
      <Cell column="protocol" title={applicationText(flow) ?? undefined}>
        {visibleText(flow.protocol)}
        <Application flow={flow} />
      </Cell>
      <Cell column="client">
        <EndpointCell endpoint={flow.client} protocol={flow.protocol} behind={endBehind(flow, 'client')} />
      </Cell>
      <Cell column="server">
        <EndpointCell
          endpoint={flow.server}
          protocol={flow.protocol}
          behind={endBehind(flow, 'server')}
          askedFor={flow.serverName}
        />
      </Cell>
      <Cell column="sent">
        <ByteMeasure bytes={flow.bytes.sent} />
      </Cell>
      <Cell column="received">
        <ByteMeasure bytes={flow.bytes.received} />
      </Cell>
      <Cell column="rate">
        <DeliveryRate flow={flow} />
      </Cell>
      <Cell column="window">
        <CongestionWindow flow={flow} />
      </Cell>
      <Cell column="rtt">
        <RoundTrip flow={flow} />
      </Cell>
      <Cell column="connect">
        <TimeMeasure milliseconds={flow.tcp?.connectLatencyMs ?? null} />
      </Cell>
      <Cell column="retransmits">
        <Retransmits flow={flow} />
      </Cell>
      <Cell column="age">
        <FlowAge flow={flow} />
      </Cell>
      <Cell column="witnesses">
        <Witnesses flow={flow} />
      </Cell>
    </>
  );
});

/** Who uses the protocol, where that is known: there is little room. */
function Application({ flow: { application } }: Props) {
  if (application === null) return null;
  return <div className="application">{visibleText(application.slice(application.indexOf('.') + 1))}</div>;
}

function ByteMeasure({ bytes: number }: { bytes: number | null }) {
  return (
    <Measure
      quantity={number === null ? null : bytes(number)}
      title={number === null ? 'Nobody counted' : `${exact(number)} B`}
    />
  );
}

function TimeMeasure({ milliseconds }: { milliseconds: number | null }) {
  return (
    <Measure
      quantity={milliseconds === null ? null : latency(milliseconds)}
      title={milliseconds === null ? undefined : `${milliseconds} ms`}
    />
  );
}

function RoundTrip({ flow }: Props) {
  const client = flow.tcp?.client?.rttMs ?? null;
  const server = flow.tcp?.server?.rttMs ?? null;
  if (client === null && server === null) return <TimeMeasure milliseconds={null} />;
  return (
    <>
      <TimeMeasure milliseconds={client} />
      <TimeMeasure milliseconds={server} />
    </>
  );
}

/** The greater of both sides': most conversations have one side that sends. */
function DeliveryRate({ flow }: Props) {
  const [client, server] = [flow.tcp?.client?.deliveryRate ?? null, flow.tcp?.server?.deliveryRate ?? null];
  if (client === null && server === null) return <Measure quantity={null} />;
  const text = (rate: number | null) => (rate === null ? 'not known' : inline(byteRate(rate)));
  return (
    <Measure
      quantity={byteRate(Math.max(client ?? 0, server ?? 0))}
      title={`Client ${text(client)}, server ${text(server)}`}
    />
  );
}

function CongestionWindow({ flow }: Props) {
  const client = flow.tcp?.client?.congestionWindow ?? null;
  const server = flow.tcp?.server?.congestionWindow ?? null;
  if (client === null && server === null) return <Measure quantity={null} />;
  const text = (segments: number | null) => (segments === null ? 'not known' : exact(segments));
  return (
    <Measure
      quantity={count(Math.max(client ?? 0, server ?? 0))}
      title={`Client ${text(client)}, server ${text(server)} segments`}
    />
  );
}

/** Zero is the ordinary case and stays in the background. */
function Retransmits({ flow }: Props) {
  const sides = [flow.tcp?.client?.retransmits ?? null, flow.tcp?.server?.retransmits ?? null];
  const known = sides.filter((number) => number !== null);
  if (known.length === 0) return <Measure quantity={null} />;
  const sum = known.reduce((a, b) => a + b, 0);
  const [client, server] = sides.map((number) => (number === null ? 'not known' : exact(number)));
  return <Measure quantity={count(sum)} alarming={sum > 0} title={`Client ${client}, server ${server}`} />;
}

export function Witnesses({ flow }: Props) {
  return (
    <span className="witnesses">
      {witnessMarks(flow.witnesses).map((mark) => (
        <span
          key={mark.place}
          className={mark.seen ? 'witness witness-seen' : 'witness'}
          title={mark.title}
          role="img"
          aria-label={mark.title}
        >
          {mark.letter}
        </span>
      ))}
    </span>
  );
}
