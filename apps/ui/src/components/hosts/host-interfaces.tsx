import type { HostInterfaceInfo } from '@packetless/live';
import { containerText } from '../../domain/endpoint-text.js';
import {
  groupByHost,
  type HostGroup,
  isNotable,
  linkState,
  typeText,
  usedShare,
} from '../../domain/host-interfaces.js';
import { bitRate, bytes, count, exact, inline } from '../../domain/quantity.js';
import { visibleText } from '../../domain/visible-text.js';
import { Measure } from '../measure.js';
import './host-interfaces.css';

/** More are there to be searched, not to be read. */
const MAX_ROWS = 200;

/** The network interfaces of every host that an agent counts. */
export function HostInterfaces({ rows }: { rows: readonly HostInterfaceInfo[] }) {
  return (
    <>
      {groupByHost(rows).map((host) => (
        <HostCard key={host.id} host={host} />
      ))}
    </>
  );
}

function HostCard({ host }: { host: HostGroup }) {
  return (
    <article className="card" data-testid="host-interfaces" data-host={host.name}>
      <header className="card-head">
        <h2>{host.name}</h2>
        <span className="card-aside">
          {exact(host.own.length)} {host.own.length === 1 ? 'interface' : 'interfaces'}
        </span>
      </header>
      {host.own.length > 0 && <Devices devices={host.own} />}
      {host.others.length > 0 && (
        <details className="other-namespaces">
          <summary>
            {exact(host.others.length)} in {exact(host.namespaces)} other network{' '}
            {host.namespaces === 1 ? 'namespace' : 'namespaces'}
          </summary>
          <Devices devices={host.others} />
        </details>
      )}
    </article>
  );
}

function Devices({ devices }: { devices: readonly HostInterfaceInfo[] }) {
  const shown = devices.slice(0, MAX_ROWS);
  return (
    <>
      <table className="devices">
        <thead>
          <tr>
            <th scope="col">Interface</th>
            <th scope="col">State</th>
            <th scope="col" className="numeric">
              Received
            </th>
            <th scope="col" className="numeric">
              Sent
            </th>
            <th scope="col" className="numeric device-total">
              In all
            </th>
            <th scope="col" className="numeric device-trouble">
              Errors
            </th>
            <th scope="col" className="numeric device-trouble">
              Drops
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((device) => (
            <Device key={device.id} device={device} />
          ))}
        </tbody>
      </table>
      {shown.length < devices.length && (
        <p className="aside">
          The first {exact(shown.length)} of {exact(devices.length)}; <code>/api/v1/counters</code> has them
          all.
        </p>
      )}
    </>
  );
}

function Device({ device }: { device: HostInterfaceInfo }) {
  const state = linkState(device);
  const { rates } = device;
  return (
    <tr
      className={device.adminUp ? undefined : 'device-off'}
      data-testid="device-row"
      data-name={device.name}
    >
      <th scope="row">
        <span className="device-name">{visibleText(device.name)}</span>
        <span className="note">{aboutText(device)}</span>
      </th>
      <td title={state.explanation}>
        <span className="device-state">
          <span className={`dot tone-${state.tone}`} />
          <span className={`tone-text-${state.tone}`}>{state.label}</span>
        </span>
        {device.promiscuous && <span className="note">promiscuous</span>}
      </td>
      <td className="numeric">
        <Rate bytesPerSecond={rates.bytesReceived} packetsPerSecond={rates.packetsReceived} />
        <Used share={usedShare(rates.bytesReceived, device.speedBps)} />
      </td>
      <td className="numeric">
        <Rate bytesPerSecond={rates.bytesSent} packetsPerSecond={rates.packetsSent} />
        <Used share={usedShare(rates.bytesSent, device.speedBps)} />
      </td>
      <td className="numeric device-total">
        <Measure quantity={bytes(device.bytesReceived)} title={`${exact(device.bytesReceived)} B received`} />
        <Measure quantity={bytes(device.bytesSent)} title={`${exact(device.bytesSent)} B sent`} />
      </td>
      <td className="numeric device-trouble">
        <Pair
          received={device.errorsReceived}
          sent={device.errorsSent}
          alarming={device.errorsReceived + device.errorsSent > 0}
        />
      </td>
      <td className="numeric device-trouble">
        <Pair
          received={device.dropsReceived}
          sent={device.dropsSent}
          alarming={
            isNotable(device.dropsReceived, device.packetsReceived) ||
            isNotable(device.dropsSent, device.packetsSent)
          }
        />
      </td>
    </tr>
  );
}

/** Kind, speed, and whose it is. */
function aboutText({ ifType, speedBps, duplex, mtu, namespace, container }: HostInterfaceInfo): string {
  const parts = [
    container === null ? null : containerText(container),
    namespace === null ? null : visibleText(namespace),
    typeText(ifType),
    speedBps === null ? null : inline(bitRate(speedBps / 8)),
    duplex === 'half' ? 'half duplex' : null,
    mtu === null ? null : `MTU ${mtu}`,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

function Rate({
  bytesPerSecond,
  packetsPerSecond,
}: {
  bytesPerSecond: number | null;
  packetsPerSecond: number | null;
}) {
  if (bytesPerSecond === null) return <Measure quantity={null} title="Known with the second count" />;
  const packets =
    packetsPerSecond === null ? '' : `${inline(count(Math.round(packetsPerSecond)))} packets a second`;
  return <Measure quantity={bitRate(bytesPerSecond)} title={packets} />;
}

/** How much of its speed is used, where that is worth a look. */
function Used({ share }: { share: number | null }) {
  if (share === null || share < 0.01) return null;
  const percent = `${Math.round(share * 100)} %`;
  return (
    <meter className="fill" min={0} max={1} high={0.8} value={share} title={`${percent} of its speed`}>
      {percent}
    </meter>
  );
}

function Pair({
  received,
  sent,
  alarming,
}: {
  received: number | null;
  sent: number | null;
  alarming: boolean;
}) {
  if (received === null && sent === null) return <span className="none">–</span>;
  const text = (number: number | null) => (number === null ? '–' : inline(count(number)));
  const none = !alarming && (received ?? 0) + (sent ?? 0) === 0;
  const exactText = (number: number | null) => (number === null ? 'not known' : exact(number));
  return (
    <span
      className={alarming ? 'alarming' : none ? 'none' : undefined}
      title={`Receiving ${exactText(received)}, sending ${exactText(sent)}`}
    >
      {none ? '0' : `${text(received)} / ${text(sent)}`}
    </span>
  );
}
