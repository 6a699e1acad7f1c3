import type { InterfaceInfo } from '@packetless/live';
import { EmptyState } from '../components/empty-state.js';
import { Figure, Figures } from '../components/figure.js';
import { AgentInstructions } from '../components/flows/flows-empty.js';
import { HostInterfaces } from '../components/hosts/host-interfaces.js';
import { InterfaceSettings } from '../components/interfaces/interface-settings.js';
import { Ledgers } from '../components/ledgers.js';
import { Link } from '../components/link.js';
import { Waiting } from '../components/waiting.js';
import { DEFAULT_SORT, formatFlowSearch } from '../domain/flow-search.js';
import { bytes, count, exact, inline } from '../domain/quantity.js';
import { visibleText } from '../domain/visible-text.js';
import { useOwnCounters, useView } from '../stores/view.js';
import './cards-page.css';

/** Where flows are seen: each interface with its endpoints, its numbers and its accounts; and what hosts have themselves. */
export function InterfacesPage() {
  const { rows } = useView('interfaces');
  const hosts = useOwnCounters();
  if (rows === null) return <Waiting />;
  if (rows.length === 0) {
    return (
      <EmptyState title="No interface">
        <p>
          Start the collector with one, for example <code>packetless-collector -i "tcp://*:1234c"</code>.
        </p>
      </EmptyState>
    );
  }
  return (
    <div className="cards-page" data-testid="interfaces-page">
      <div className="page-head">
        <h1>Interfaces</h1>
        <a href="#hosts">Network interfaces of hosts</a>
      </div>
      {rows.map((each) => (
        <InterfaceCard key={each.name} info={each} all={rows} />
      ))}
      <h1 id="hosts">Network interfaces of hosts</h1>
      {hosts.total > 0 ? <HostInterfaces rows={hosts.rows ?? []} total={hosts.total} /> : <NoHosts />}
    </div>
  );
}

function InterfaceCard({ info, all }: { info: InterfaceInfo; all: readonly InterfaceInfo[] }) {
  const peers = info.endpoints.reduce((sum, endpoint) => sum + endpoint.peers, 0);
  const flowsHere = `/${formatFlowSearch({ interface: info.name, filter: '', sort: DEFAULT_SORT })}`;
  const events = Object.entries(info.events).filter(([, number]) => number > 0);
  return (
    <article className="card" data-testid="interface-card" data-name={info.name}>
      <header className="card-head">
        <h2 className="code">{visibleText(info.name)}</h2>
        <span className="tag">{info.kind === 'zmq' ? 'ZeroMQ' : 'Packets'}</span>
        <Link className="card-link" to={flowsHere}>
          See its flows
        </Link>
      </header>
      <Figures>
        {info.packets === null ? (
          <Figure name="Events per second">
            {inline(count(Math.round(info.eventsPerSecond * 10) / 10))}
          </Figure>
        ) : (
          <Figure name="Packets per second">
            {inline(count(Math.round(info.packets.perSecond * 10) / 10))}
          </Figure>
        )}
        <Figure name="Flows" title={`${exact(info.flows.now)} of at most ${exact(info.flows.capacity)}`}>
          {inline(count(info.flows.now))}
          <Fill part={info.flows.now} whole={info.flows.capacity} />
        </Figure>
        <Figure name="Of these ended" title="Ended, and still shown for a while">
          {inline(count(info.flows.ended))}
        </Figure>
        {info.packets === null ? (
          <Figure name="Messages" title={exact(info.messages)}>
            {inline(count(info.messages))}
          </Figure>
        ) : (
          <PacketFigures packets={info.packets} />
        )}
        <Figure name={info.packets === null ? 'Received' : 'In flows'} title={`${exact(info.bytes)} B`}>
          {inline(bytes(info.bytes))}
        </Figure>
        {info.kind === 'zmq' && <Figure name="Peers">{exact(peers)}</Figure>}
        {info.kind === 'packets' && (
          <Figure name="Events delivered here" title={exact(info.eventsDelivered)}>
            {inline(count(info.eventsDelivered))}
          </Figure>
        )}
      </Figures>
      {info.packets !== null && info.packets.interrupted !== null && (
        <p className="notice" data-testid="interrupted">
          No packets come: {visibleText(info.packets.interrupted)}.
        </p>
      )}
      {info.endpoints.length > 0 && (
        <section>
          <h3>Endpoints</h3>
          <ul className="lines">
            {info.endpoints.map((endpoint) => (
              <li key={endpoint.address}>
                <code>{visibleText(endpoint.address)}</code>
                <span className="aside">
                  {endpoint.mode === 'bind' ? 'agents connect to it' : 'connects to it'}
                </span>
                <span>
                  {exact(endpoint.peers)} {endpoint.peers === 1 ? 'peer' : 'peers'}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {info.kind === 'zmq' && peers === 0 && (
        <section className="hint">
          <h3>No agent is connected</h3>
          <AgentInstructions interfaces={[info]} />
        </section>
      )}
      {events.length > 0 && (
        <section>
          <h3>Events by kind</h3>
          <Figures>
            {events.map(([kind, number]) => (
              <Figure key={kind} name={visibleText(kind)} title={exact(number)}>
                {inline(count(number))}
              </Figure>
            ))}
          </Figures>
        </section>
      )}
      {all.some(({ kind }) => kind === 'packets') && <InterfaceSettings info={info} all={all} />}
      <section>
        <h3>Accounts</h3>
        <Ledgers ledgers={info.ledgers} />
      </section>
    </article>
  );
}

function PacketFigures({ packets }: { packets: NonNullable<InterfaceInfo['packets']> }) {
  return (
    <>
      <Figure name={packets.finished ? 'Packets in the file' : 'Packets'} title={exact(packets.received)}>
        {inline(count(packets.received))}
      </Figure>
      <Figure name="Dropped" title="Never read, because they came faster than they could be taken">
        {inline(count(packets.dropped))}
      </Figure>
    </>
  );
}

/** No counters: nobody there, or nobody who tells. */
function NoHosts() {
  return (
    <p className="card aside" data-testid="no-host-interfaces">
      No agent has told of its host’s network interfaces yet. An agent on a host counts them every few
      seconds; the <Link to="/agents">agents</Link> page says what a host does not let it see.
    </p>
  );
}

/** How full something is; near its end in the colour of a warning. */
function Fill({ part, whole }: { part: number; whole: number }) {
  const share = whole === 0 ? 0 : Math.min(1, part / whole);
  return (
    <meter className="fill" min={0} max={1} high={0.8} value={share} aria-label="Share of the capacity">
      {Math.round(share * 100)} %
    </meter>
  );
}
