import type { ListenerInfo } from '@packetless/live';
import { useEffect, useRef } from 'react';
import { hostText, programName } from '../../domain/endpoint-text.js';
import { flowsPath } from '../../domain/flow-search.js';
import { isFull, placeText, reachText } from '../../domain/listener-text.js';
import { flowsToListener } from '../../domain/listening-search.js';
import { dateTime, exact } from '../../domain/quantity.js';
import { visibleText } from '../../domain/visible-text.js';
import { Age } from '../age.js';
import { DetailsFrame } from '../details/details-frame.js';
import { EndpointDetails } from '../details/endpoint-details.js';
import { Fact, Panel } from '../details/facts.js';
import { Link } from '../link.js';

interface Props {
  readonly listener: ListenerInfo;
  /** It is not in the list any more; this is what was known last. */
  readonly gone: boolean;
  /** Where the details cover everything else, the keyboard goes with them. */
  readonly takesFocus: boolean;
  readonly onClose: () => void;
}

/** Everything that is known of one listening socket. */
export function ListenerDetails({ listener, gone, takesFocus, onClose }: Props) {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (takesFocus) close.current?.focus();
  }, [takesFocus]);
  return (
    <DetailsFrame
      label="Listening socket"
      testId="listener-details"
      closeButton={close}
      onClose={onClose}
      title={
        <h1>
          {visibleText(listener.protocol).toUpperCase()}
          <span className="details-port">:{listener.port}</span>{' '}
          <span className="details-port">{programName(listener) ?? 'not known'}</span>
        </h1>
      }
    >
      {gone && (
        <p className="notice" role="status">
          This socket is not among those that are shown any more. Below is what was known last.
        </p>
      )}
      <div className="details-content">
        <SocketPanel listener={listener} />
        <EndpointDetails
          title="Process"
          endpoint={listener}
          unknown="No one told whose socket this is: it may be older than the agent, or its process could not be read."
        />
      </div>
    </DetailsFrame>
  );
}

function SocketPanel({ listener }: { listener: ListenerInfo }) {
  const { connections, backlog, backlogLimit, since } = listener;
  return (
    <Panel title="Socket">
      <dl className="tiles">
        <div className="tile">
          <dt>Connections now</dt>
          <dd>{exact(connections)}</dd>
        </div>
        {backlog !== null && (
          <div className={isFull(listener) ? 'tile tile-failed' : 'tile'}>
            <dt>Waiting</dt>
            <dd>
              {exact(backlog)}
              {backlogLimit !== null && ` of ${exact(backlogLimit)}`}
            </dd>
          </div>
        )}
      </dl>
      <dl className="facts">
        <Fact name="Address" code>
          {hostText(listener.address)}
        </Fact>
        <Fact name="Reached at">{reachText(listener)}</Fact>
        <Fact name="Host">{visibleText(listener.agent.name)}</Fact>
        <Fact name="Where">{placeText(listener)}</Fact>
        <Fact name="Location" code>
          {listener.location === null ? null : visibleText(listener.location)}
        </Fact>
        <Fact name="Since">
          {since === null ? (
            'before its agent started'
          ) : (
            <>
              {dateTime(since)}, <Age since={since} />
            </>
          )}
        </Fact>
        <Fact name="Interface" code>
          {visibleText(listener.interface)}
        </Fact>
      </dl>
      <p className="details-link">
        <Link to={flowsPath(flowsToListener(listener))}>See its flows</Link>
      </p>
    </Panel>
  );
}
