import type { FlowEndpoint } from '@packetless/model';
import { briefContainerText, containerTitle } from '../../domain/container-text.js';
import { endName, hostText, portText, programName, userText } from '../../domain/endpoint-text.js';
import { visibleText } from '../../domain/visible-text.js';

/** Name of protocol 255 (packages/model PACKET_SOCKET). */
const PACKET = 'packet';

interface Props {
  readonly endpoint: FlowEndpoint;
  readonly protocol: string;
  /** Its other address and port behind a translation of addresses; null without one. */
  readonly behind: string | null;
  /** What the other side called it. */
  readonly askedFor?: string | null;
}

/** *process user — host:port*: the name first, since that is what one knows; else the address takes its place. */
export function EndpointCell(props: Props) {
  return props.protocol === PACKET ? (
    <PacketSocketEnd endpoint={props.endpoint} />
  ) : (
    <AddressedEnd {...props} />
  );
}

/** What a process sends and receives below IP has no addresses: one end is the process, the other whoever hears it. */
function PacketSocketEnd({ endpoint }: { endpoint: FlowEndpoint }) {
  const { process } = endpoint;
  if (process === null) {
    return (
      <div className="endpoint endpoint-unnamed" title="Sent and received below IP, without addresses">
        <div className="endpoint-name">below IP</div>
      </div>
    );
  }
  const user = userText(process);
  return (
    <div className="endpoint" title={processTitle(process)}>
      <div className="endpoint-name">
        <strong>{visibleText(process.name)}</strong>
        {user !== null && <span className="user">{user}</span>}
      </div>
      <div className="endpoint-address">packet socket</div>
    </div>
  );
}

function AddressedEnd({ endpoint, protocol, behind, askedFor = null }: Props) {
  const { process, container } = endpoint;
  const program = programName(endpoint);
  const user = process === null ? null : userText(process);
  const address = (
    <>
      <span className="host">{hostText(endpoint.address)}</span>
      <span className="port">{portText(protocol, endpoint.port)}</span>
    </>
  );
  const place = <Place endpoint={endpoint} behind={behind} askedFor={askedFor} />;
  if (program === null) {
    return (
      <div
        className={
          behind === null ? 'endpoint endpoint-unnamed' : 'endpoint endpoint-unnamed endpoint-translated'
        }
        title="No witness named the process"
      >
        <div className="endpoint-name address">{address}</div>
        <div className="endpoint-address">{place}</div>
      </div>
    );
  }
  return (
    <div
      className={behind === null ? 'endpoint' : 'endpoint endpoint-translated'}
      title={process === null ? undefined : processTitle(process)}
    >
      <div className="endpoint-name">
        <strong>{program}</strong>
        {user !== null && <span className="user">{user}</span>}
        {container !== null && process !== null && (
          <span className="container" title={containerTitle(container)}>
            {briefContainerText(container)}
          </span>
        )}
      </div>
      <div className="endpoint-address">
        <span className="address">{address}</span>
        {place}
      </div>
    </div>
  );
}

/** The address stands beside it: what it is called, the best of it, else where it is. */
function Place({ endpoint, behind, askedFor }: Required<Omit<Props, 'protocol'>>) {
  const { local, network } = endpoint;
  if (behind !== null) {
    return (
      <span className="behind" title={`Translated (NAT): ${behind}`}>
        {behind}
      </span>
    );
  }
  const name = endName(endpoint, askedFor);
  if (name !== null) {
    return (
      <span className="place service" title={name.explanation}>
        {name.text}
      </span>
    );
  }
  return (
    <span className={local ? 'place place-local' : 'place'} title={placeTitle(local, network)}>
      {network === null ? (local ? 'local' : 'remote') : visibleText(network)}
    </span>
  );
}

function placeTitle(local: boolean, network: string | null): string {
  if (network !== null) return `In the local network ${visibleText(network)}`;
  return local ? 'In a local network' : 'Outside the local networks';
}

function processTitle(process: NonNullable<FlowEndpoint['process']>): string {
  const what = process.cmdline ?? process.exe ?? process.name;
  const role = process.role === null ? '' : `\n${visibleText(process.role)}`;
  return `${visibleText(what)}\npid ${process.pid}${role}`;
}
