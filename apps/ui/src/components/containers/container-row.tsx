import type { ContainerGroup, ContainerGroupKind } from '@packetless/live';
import { memo } from 'react';
import { shortId } from '../../domain/container-search.js';
import { groupName, sizeText } from '../../domain/container-text.js';
import { bytes, count, exact, latency } from '../../domain/quantity.js';
import { visibleText } from '../../domain/visible-text.js';
import { Measure } from '../measure.js';
import { Cell } from '../table/cell.js';

interface Props {
  readonly kind: ContainerGroupKind;
  readonly group: ContainerGroup;
}

/** One row's cells. Drawn again only when it is another object, that is, when it changed. */
export const ContainerRow = memo(function ContainerRow({ kind, group }: Props) {
  const { flows, failed, retransmits, rttMs, hosts } = group;
  const [place, placeNote] = placeTexts(kind, group);
  return (
    <>
      <Cell column="name" title={groupName(group) ?? undefined}>
        <strong className={group.name === null ? 'unnamed' : undefined}>
          {groupName(group) ?? 'not named'}
        </strong>
        <span className="note">{nameNote(kind, group)}</span>
      </Cell>
      <Cell column="group" title={place ?? undefined}>
        <span className={place === null ? 'none' : undefined}>{place ?? '–'}</span>
        <span className="note">{placeNote}</span>
      </Cell>
      <Cell column="image" title={listText(group.images) ?? undefined}>
        <span className={group.images.length === 0 ? 'none' : undefined}>{imageText(group.images)}</span>
        <span className="note">{listText(group.runtimes)}</span>
      </Cell>
      <Cell column="node" title={listText(hosts.map(({ name }) => name)) ?? undefined}>
        <span>{firstOf(hosts.map(({ name }) => name))}</span>
      </Cell>
      <Cell column="opened">
        <Flows number={flows.asClient} />
      </Cell>
      <Cell column="taken">
        <Flows number={flows.asServer} />
      </Cell>
      <Cell column="out">
        <Bytes number={group.bytes.sent} />
      </Cell>
      <Cell column="in">
        <Bytes number={group.bytes.received} />
      </Cell>
      <Cell column="roundtrip">
        <RoundTrip title="as client" milliseconds={rttMs.asClient} variance={group.rttVarMs.asClient} />
        <RoundTrip title="as server" milliseconds={rttMs.asServer} variance={group.rttVarMs.asServer} />
      </Cell>
      <Cell column="resent">
        <Measure
          quantity={retransmits === null ? null : count(retransmits)}
          alarming={retransmits !== null && retransmits > 0}
        />
      </Cell>
      <Cell column="failures">
        <Flows number={failed} alarming />
      </Cell>
    </>
  );
});

/** What stands under the name. */
function nameNote(kind: ContainerGroupKind, group: ContainerGroup): string {
  switch (kind) {
    case 'containers':
      if (group.isSandbox) return 'holds its pod’s namespaces open';
      return group.name === null || group.containerId === null ? '' : visibleText(shortId(group.containerId));
    case 'pods':
      return group.containers === 1 ? '' : sizeText({ pods: 0, containers: group.containers });
    case 'namespaces':
    case 'workloads':
      return '';
  }
}

/** What it belongs to, and what stands under that. */
function placeTexts(kind: ContainerGroupKind, group: ContainerGroup): [string | null, string] {
  const text = (value: string | null) => (value === null ? null : visibleText(value));
  const { pod, namespace, workload } = group;
  switch (kind) {
    case 'containers':
      return [text(pod), text(namespace) ?? ''];
    case 'pods':
      return [text(namespace), text(workload) ?? ''];
    case 'namespaces':
      return [sizeText(group), ''];
    case 'workloads':
      return [text(namespace), sizeText(group)];
  }
}

/** Without the registry, which is what most have in common. */
function imageText(images: readonly string[]): string {
  const [first, ...others] = images;
  if (first === undefined) return '–';
  const name = visibleText(first.slice(first.lastIndexOf('/') + 1));
  return others.length === 0 ? name : `${name}, and ${exact(others.length)} more`;
}

function firstOf(texts: readonly string[]): string {
  const [first, ...others] = texts;
  if (first === undefined) return '';
  return others.length === 0 ? visibleText(first) : `${visibleText(first)} +${exact(others.length)}`;
}

function listText(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : texts.map(visibleText).join(', ');
}

/** Zero is the ordinary case and stays in the background. */
function Flows({ number, alarming = false }: { number: number; alarming?: boolean }) {
  const tone = number === 0 ? 'none' : alarming ? 'alarming' : undefined;
  return <span className={tone}>{exact(number)}</span>;
}

function Bytes({ number }: { number: number | null }) {
  return (
    <Measure
      quantity={number === null ? null : bytes(number)}
      title={number === null ? 'Nobody counted' : `${exact(number)} B`}
    />
  );
}

function RoundTrip({
  title,
  milliseconds,
  variance,
}: {
  title: string;
  milliseconds: number | null;
  variance: number | null;
}) {
  const more = variance === null ? '' : `, variance ${variance} ms`;
  return (
    <Measure
      quantity={milliseconds === null ? null : latency(milliseconds)}
      title={milliseconds === null ? `Not measured ${title}` : `${milliseconds} ms ${title}${more}`}
    />
  );
}
