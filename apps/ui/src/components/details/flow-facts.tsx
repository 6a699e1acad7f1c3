import type { Flow, Json } from '@packetless/model';
import { applicationText } from '../../domain/application-text.js';
import { isPast } from '../../domain/flow-state.js';
import { dateTime, exact } from '../../domain/quantity.js';
import { translationText } from '../../domain/translation.js';
import { visibleText } from '../../domain/visible-text.js';
import { useNow } from '../../stores/clock.js';
import { Copyable } from '../copyable.js';
import { FlowAge } from '../flow-age.js';
import { Fact, Panel } from './facts.js';

/** When and where it was seen, by whom, and what else came with it. */
export function FlowFacts({ flow }: { flow: Flow }) {
  const now = useNow();
  const additional = Object.entries(flow.additional);
  return (
    <>
      <Panel title="Seen">
        <dl className="facts">
          <Fact name="First">{dateTime(flow.firstSeen)}</Fact>
          <Fact name="Last">{dateTime(flow.lastSeen)}</Fact>
          <Fact name={isPast(flow, now) ? 'Lasted' : 'Age'}>
            <FlowAge flow={flow} />
          </Fact>
          <Fact name="Asked for" code>
            {flow.serverName === null ? null : visibleText(flow.serverName)}
          </Fact>
          <Fact name="Application">{applicationText(flow)}</Fact>
          <Fact name="Witnesses">
            {flow.witnesses.map((witness) => (
              <span key={`${witness.kind} ${witness.name} ${witness.side}`} className="witness-line">
                {witness.kind === 'packets' ? 'Packets on ' : 'Agent '}
                <strong>{visibleText(witness.name)}</strong>
                {witness.side !== null && ` on the ${witness.side}’s host`}, {exact(witness.events)}{' '}
                {witness.events === 1 ? 'event' : 'events'}
              </span>
            ))}
          </Fact>
          <Fact name="Interface" code>
            {visibleText(flow.interface)}
          </Fact>
          <Fact name="On the host" code>
            {flow.interfaceName === null ? null : visibleText(flow.interfaceName)}
          </Fact>
          <Fact name="Behind NAT" code>
            {translationText(flow)}
          </Fact>
          <Fact name="VLAN">{flow.vlan === null ? null : String(flow.vlan)}</Fact>
          <Fact name="Community ID">
            <Copyable text={visibleText(flow.communityId)} />
          </Fact>
        </dl>
      </Panel>
      {additional.length > 0 && (
        <Panel title="Additional fields">
          <dl className="facts">
            {additional.map(([key, value]) => (
              <Fact key={key} name={visibleText(key)} code>
                {jsonText(value)}
              </Fact>
            ))}
          </dl>
        </Panel>
      )}
    </>
  );
}

function jsonText(value: Json): string {
  return visibleText(typeof value === 'string' ? value : JSON.stringify(value));
}
