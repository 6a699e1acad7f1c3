import type { ListenerInfo } from '@packetless/live';
import { memo } from 'react';
import { hostText, programName, userText } from '../../domain/endpoint-text.js';
import { isFull, placeText, programPath, reachText } from '../../domain/listener-text.js';
import { exact } from '../../domain/quantity.js';
import { visibleText } from '../../domain/visible-text.js';
import { Age } from '../age.js';
import { Cell } from '../table/cell.js';

interface Props {
  readonly listener: ListenerInfo;
}

/** One socket's cells. Drawn again only when it is another object, that is, when it changed. */
export const ListenerRow = memo(function ListenerRow({ listener }: Props) {
  const { process, connections, protocol, port } = listener;
  return (
    <>
      <Cell column="port">
        <strong>{port}</strong>
        <span className="note">{visibleText(protocol)}</span>
      </Cell>
      <Cell column="program" title={commandLine(process)}>
        <Program listener={listener} />
      </Cell>
      <Cell column="listens">
        <span className="address">{hostText(listener.address)}</span>
        <span className="note">{reachText(listener)}</span>
      </Cell>
      <Cell column="host">
        <span>{visibleText(listener.agent.name)}</span>
        <span className="note">{placeText(listener) ?? ''}</span>
      </Cell>
      <Cell column="connections">
        <span className={connections === 0 ? 'none' : undefined}>{exact(connections)}</span>
      </Cell>
      <Cell column="waiting">
        <Waiting listener={listener} />
      </Cell>
      <Cell column="since">
        <Since since={listener.since} />
      </Cell>
    </>
  );
});

function Program({ listener }: Props) {
  const { process } = listener;
  const name = programName(listener);
  if (name === null) {
    return (
      <>
        <span className="unnamed">not known</span>
        <span className="note">nobody told whose it is</span>
      </>
    );
  }
  const user = process === null ? null : userText(process);
  return (
    <>
      <span className="program">
        <strong>{name}</strong>
        {user !== null && <span className="user">{user}</span>}
        {process?.exeDeleted === true && (
          <span
            className="deleted"
            title="Its executable’s file was removed or replaced since it was started"
          >
            deleted
          </span>
        )}
      </span>
      {process?.role != null ? (
        <span className="note" title={visibleText(process.role)}>
          {visibleText(process.role)}
        </span>
      ) : (
        <span className="note path">{programPath(process) ?? ''}</span>
      )}
    </>
  );
}

function Waiting({ listener }: Props) {
  const { backlog, backlogLimit } = listener;
  if (backlog === null) return <span className="none">–</span>;
  const title = backlogLimit === null ? undefined : `${exact(backlog)} of at most ${exact(backlogLimit)}`;
  const tone = isFull(listener) ? 'alarming' : backlog === 0 ? 'none' : undefined;
  return (
    <span className={tone} title={title}>
      {exact(backlog)}
      {backlogLimit !== null && <span className="of"> / {exact(backlogLimit)}</span>}
    </span>
  );
}

export function Since({ since }: { since: number | null }) {
  if (since !== null) return <Age since={since} />;
  return (
    <span className="none" title="It was listening when the agent started">
      before
    </span>
  );
}

function commandLine(process: ListenerInfo['process']): string | undefined {
  if (process === null) return undefined;
  const what = visibleText(process.cmdline ?? process.exe ?? process.name);
  return process.pid === 0 ? what : `${what}\npid ${process.pid}`;
}
