import type { ContainerGroup, ContainerGroupKind } from '@packetless/live';
import { useEffect, useRef } from 'react';
import { flowsOfGroup } from '../../domain/container-search.js';
import { groupName, KIND_NOUNS, sizeText } from '../../domain/container-text.js';
import { flowsPath } from '../../domain/flow-search.js';
import { bytes, dateTime, exact, inline, latency } from '../../domain/quantity.js';
import { visibleText } from '../../domain/visible-text.js';
import { Age } from '../age.js';
import { DetailsFrame } from '../details/details-frame.js';
import { Fact, Panel } from '../details/facts.js';
import { Labels } from '../details/labels.js';
import { Link } from '../link.js';

interface Props {
  readonly kind: ContainerGroupKind;
  readonly group: ContainerGroup;
  /** It is not in the list any more; this is what was known last. */
  readonly gone: boolean;
  /** Where the details cover everything else, the keyboard goes with them. */
  readonly takesFocus: boolean;
  readonly onClose: () => void;
}

/** Everything that is known of a container, pod, namespace or workload. */
export function ContainerDetails({ kind, group, gone, takesFocus, onClose }: Props) {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (takesFocus) close.current?.focus();
  }, [takesFocus]);
  const [noun] = KIND_NOUNS[kind];
  return (
    <DetailsFrame
      label={noun}
      testId="container-details"
      closeButton={close}
      onClose={onClose}
      title={<h1>{groupName(group) ?? `a ${noun}`}</h1>}
    >
      {gone && (
        <p className="notice" role="status">
          This {noun} is not among those that are shown any more. Below is what was known last.
        </p>
      )}
      <div className="details-content">
        <FlowsPanel kind={kind} group={group} />
        <WhatPanel kind={kind} group={group} />
      </div>
    </DetailsFrame>
  );
}

function FlowsPanel({ kind, group }: Pick<Props, 'kind' | 'group'>) {
  const { flows, failed, bytes: carried, retransmits, rttMs, rttVarMs, lastSeen } = group;
  return (
    <Panel title="Flows">
      <dl className="tiles">
        <div className="tile">
          <dt>As client</dt>
          <dd>{exact(flows.asClient)}</dd>
        </div>
        <div className="tile">
          <dt>As server</dt>
          <dd>{exact(flows.asServer)}</dd>
        </div>
        <div className={failed > 0 ? 'tile tile-failed' : 'tile'}>
          <dt>Failed</dt>
          <dd>{exact(failed)}</dd>
        </div>
        <div className="tile">
          <dt>Sent</dt>
          <dd>{carried.sent === null ? '–' : inline(bytes(carried.sent))}</dd>
        </div>
        <div className="tile">
          <dt>Received</dt>
          <dd>{carried.received === null ? '–' : inline(bytes(carried.received))}</dd>
        </div>
      </dl>
      <dl className="facts">
        <Fact name="Alive">{`${exact(flows.living)} of ${exact(flows.total)}`}</Fact>
        <Fact name="RTT as client">{medianText(rttMs.asClient, rttVarMs.asClient)}</Fact>
        <Fact name="RTT as server">{medianText(rttMs.asServer, rttVarMs.asServer)}</Fact>
        <Fact name="Retransmits">{retransmits === null ? null : exact(retransmits)}</Fact>
        <Fact name="Last seen">
          {lastSeen === null ? (
            'no flow that is shown now'
          ) : (
            <>
              {dateTime(lastSeen)}, <Age since={lastSeen} /> ago
            </>
          )}
        </Fact>
      </dl>
      <p className="details-link">
        <Link to={flowsPath(flowsOfGroup(kind, group))}>See its flows</Link>
      </p>
    </Panel>
  );
}

function medianText(milliseconds: number | null, variance: number | null): string | null {
  if (milliseconds === null) return null;
  const more = variance === null ? '' : `, variance ${inline(latency(variance))}`;
  return `${inline(latency(milliseconds))}${more}`;
}

function WhatPanel({ kind, group }: Pick<Props, 'kind' | 'group'>) {
  const { containerId, isSandbox, pod, podUid, namespace, workload, labels, images, runtimes, hosts } = group;
  return (
    <Panel title={kind === 'containers' ? 'Container' : 'Containers'}>
      <dl className="facts">
        {kind !== 'containers' && (
          <Fact name="How many">{sizeText(kind === 'pods' ? { ...group, pods: 0 } : group)}</Fact>
        )}
        {isSandbox && <Fact name="What it is">the pod itself: it only holds the pod’s namespaces open</Fact>}
        <Fact name={images.length > 1 ? 'Images' : 'Image'} code>
          {lines(images)}
        </Fact>
        {kind !== 'pods' && <Fact name="Pod">{text(pod)}</Fact>}
        {kind !== 'namespaces' && <Fact name="Namespace">{text(namespace)}</Fact>}
        {kind !== 'workloads' && <Fact name="Workload">{text(workload)}</Fact>}
        <Fact name="Runtime">{lines(runtimes)}</Fact>
        <Fact name={hosts.length > 1 ? 'Hosts' : 'Host'}>{lines(hosts.map(({ name }) => name))}</Fact>
        <Fact name="Container id" code>
          {text(containerId)}
        </Fact>
        <Fact name="Pod uid" code>
          {text(podUid)}
        </Fact>
        <Labels labels={labels} />
      </dl>
    </Panel>
  );
}

function text(value: string | null): string | null {
  return value === null ? null : visibleText(value);
}

function lines(texts: readonly string[]) {
  if (texts.length === 0) return null;
  return texts.map((each) => (
    <span key={each} className="label">
      {visibleText(each)}
    </span>
  ));
}
