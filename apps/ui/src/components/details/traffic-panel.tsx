import type { Flow } from '@packetless/model';
import { bytes, exact } from '../../domain/quantity.js';
import { Measure } from '../measure.js';
import { Panel } from './facts.js';

/** Bytes and packets each way. */
export function TrafficPanel({ flow }: { flow: Flow }) {
  const rows = [
    { title: 'Client → server', bytes: flow.bytes.sent, packets: flow.packets.sent },
    { title: 'Server → client', bytes: flow.bytes.received, packets: flow.packets.received },
  ];
  return (
    <Panel title="Traffic">
      <table className="health-table">
        <thead>
          <tr>
            <th scope="col">Direction</th>
            <th scope="col">Bytes</th>
            <th scope="col">Packets</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.title}>
              <th scope="row">{row.title}</th>
              <td>
                <Measure
                  quantity={row.bytes === null ? null : bytes(row.bytes)}
                  title={row.bytes === null ? undefined : `${exact(row.bytes)} B`}
                />
              </td>
              <td>
                <Measure quantity={row.packets === null ? null : { value: exact(row.packets), unit: '' }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
