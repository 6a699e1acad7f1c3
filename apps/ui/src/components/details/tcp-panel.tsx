import type { Flow, TcpHealth } from '@packetless/model';
import { byteRate, exact, latency, type Quantity } from '../../domain/quantity.js';
import { reasonText } from '../../domain/reason.js';
import { Measure } from '../measure.js';
import { Panel } from './facts.js';

type Tcp = NonNullable<Flow['tcp']>;

interface Row {
  readonly title: string;
  readonly key: keyof TcpHealth;
  readonly read: (number: number) => Quantity;
  /** More than none of these is trouble. */
  readonly trouble: boolean;
}

const packets = (number: number): Quantity => ({ value: exact(number), unit: '' });

const ROWS: readonly Row[] = [
  { title: 'Round trip', key: 'rttMs', read: latency, trouble: false },
  { title: 'Its variance', key: 'rttVarMs', read: latency, trouble: false },
  { title: 'Retransmits', key: 'retransmits', read: packets, trouble: true },
  { title: 'Out of order', key: 'outOfOrder', read: packets, trouble: true },
  { title: 'Lost', key: 'lost', read: packets, trouble: true },
  { title: 'Unacknowledged', key: 'unacknowledged', read: packets, trouble: false },
  { title: 'Congestion window', key: 'congestionWindow', read: packets, trouble: false },
  { title: 'Delivery rate', key: 'deliveryRate', read: byteRate, trouble: false },
];

/** Health of a connection as each end's own kernel measured it. */
export function TcpPanel({ tcp, state }: { tcp: Tcp; state: Flow['state'] }) {
  const measured = tcp.client !== null || tcp.server !== null;
  return (
    <Panel title="TCP">
      <dl className="tiles">
        <div className="tile">
          <dt>Connect</dt>
          <dd>
            <Measure quantity={tcp.connectLatencyMs === null ? null : latency(tcp.connectLatencyMs)} />
          </dd>
        </div>
        <div className="tile">
          <dt>State</dt>
          <dd>{state ?? '–'}</dd>
        </div>
        {tcp.failure !== null && (
          <div className="tile tile-failed">
            <dt>Failure</dt>
            <dd>{tcp.failure}</dd>
          </div>
        )}
      </dl>
      {tcp.reason !== null && <p className="reason">{reasonText(tcp.reason, tcp.reasonSide)}</p>}
      {measured ? (
        <table className="health-table">
          <thead>
            <tr>
              <th scope="col">As measured by</th>
              <th scope="col">Client</th>
              <th scope="col">Server</th>
            </tr>
          </thead>
          <tbody>
            {ROWS.map((row) => (
              <tr key={row.key}>
                <th scope="row">{row.title}</th>
                <HealthCell row={row} health={tcp.client} />
                <HealthCell row={row} health={tcp.server} />
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className="aside">Neither end’s kernel has reported measurements yet.</p>
      )}
    </Panel>
  );
}

function HealthCell({ row, health }: { row: Row; health: TcpHealth | null }) {
  const number = health?.[row.key] ?? null;
  return (
    <td>
      <Measure
        quantity={number === null ? null : row.read(number)}
        alarming={row.trouble && number !== null && number > 0}
      />
    </td>
  );
}
