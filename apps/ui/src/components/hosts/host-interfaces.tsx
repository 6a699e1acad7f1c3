import type { HostInterfaceInfo } from '@packetless/live';
import { useState } from 'react';
import { briefContainerText } from '../../domain/container-text.js';
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
import { useOtherCounters } from '../../stores/view.js';
import { Measure } from '../measure.js';
import './host-interfaces.css';

/** The network interfaces of hosts: those of their own namespaces, and of the others those that are asked for. */
export function HostInterfaces({ rows, total }: { rows: readonly HostInterfaceInfo[]; total: number }) {
  return (
    <>
      {groupByHost(rows).map((host) => (
        <HostCard key={host.id} host={host} />
      ))}
      <NotAll shown={rows.length} total={total} />
    </>
  );
}

function HostCard({ host }: { host: HostGroup }) {
  const [isOpen, setOpen] = useState(false);
  const { id, name, devices } = host;
  return (
    <article className="card" data-testid="host-interfaces" data-host={name}>
      <header className="card-head">
        <h2>{name}</h2>
        <span className="card-aside">
          {exact(devices.length)} {devices.length === 1 ? 'interface' : 'interfaces'}
        </span>
      </header>
      <Devices devices={devices} />
      <details className="other-namespaces" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>In other network namespaces, of containers and the like</summary>
        {isOpen && <OtherNamespaces agent={id} />}
      </details>
    </article>
  );
}

function OtherNamespaces({ agent }: { agent: string }) {
  const { rows, total } = useOtherCounters(agent);
  if (rows === null) return <p className="aside">Waiting for the collector …</p>;
  if (rows.length === 0) return <p className="aside">The agent tells of none.</p>;
  return (
    <>
      <Devices devices={rows} />
      <NotAll shown={rows.length} total={total} />
    </>
  );
}

/** A page is read, not searched; the interface for programs has the rest. */
function NotAll({ shown, total }: { shown: number; total: number }) {
  if (shown >= total) return null;
  return (
    <p className="aside">
      The first {exact(shown)} of {exact(total)}; <code>/api/v1/counters</code> has them all.
    </p>
  );
}

function Devices({ devices }: { devices: readonly HostInterfaceInfo[] }) {
  return (
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
        {devices.map((device) => (
          <Device key={device.id} device={device} />
        ))}
      </tbody>
    </table>
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
    container === null ? null : briefContainerText(container),
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
