import type { AgentInfo } from '@packetless/live';
import { Age } from '../components/age.js';
import { EmptyState } from '../components/empty-state.js';
import { Figure, Figures } from '../components/figure.js';
import { AgentInstructions } from '../components/flows/flows-empty.js';
import { Ledgers } from '../components/ledgers.js';
import { Waiting } from '../components/waiting.js';
import { bytes, count, duration, exact, inline } from '../domain/quantity.js';
import { lostParts, tierText } from '../domain/tier.js';
import { visibleText } from '../domain/visible-text.js';
import { useView } from '../stores/view.js';
import './cards-page.css';

/** A clock further off than this makes times of different hosts hard to compare, milliseconds. */
const NOTABLE_SKEW = 1000;

export function AgentsPage() {
  const { rows } = useView('agents');
  const interfaces = useView('interfaces').rows ?? [];
  if (rows === null) return <Waiting />;
  if (rows.length === 0) {
    return (
      <EmptyState title="No agent has reported yet">
        <AgentInstructions interfaces={interfaces} />
      </EmptyState>
    );
  }
  return (
    <div className="cards-page" data-testid="agents-page">
      <h1>Agents</h1>
      {rows.map((agent) => (
        <AgentCard key={agent.id} agent={agent} />
      ))}
    </div>
  );
}

function AgentCard({ agent }: { agent: AgentInfo }) {
  const about = [
    agent.address,
    agent.version === null ? null : `version ${agent.version}`,
    agent.system,
    agent.kernel === null ? null : `kernel ${agent.kernel}`,
  ].filter((text) => text !== null && text !== '');
  return (
    <article className="card" data-testid="agent-card" data-online={agent.online}>
      <header className="card-head">
        <h2>{visibleText(agent.name)}</h2>
        <span className={agent.online ? 'presence presence-online' : 'presence'}>
          <span className={agent.online ? 'dot tone-well' : 'dot tone-failed'} />
          {agent.online ? 'Online' : 'Offline'}
        </span>
        <span className="card-aside">
          last seen <Age since={agent.lastSeen} /> ago
        </span>
      </header>
      <p className="card-about">
        {about.map((text) => (
          <span key={text}>{visibleText(text!)}</span>
        ))}
      </p>
      <Figures>
        <Figure name="Source" title="What it learns from, and how much of it works on this host">
          {visibleText(agent.source ?? '–')}
          {agent.tier !== null && <span className="tier">tier {visibleText(agent.tier)}</span>}
        </Figure>
        <Figure name="Events" title={exact(agent.events)}>
          {inline(count(agent.events))}
        </Figure>
        <Figure name="Missed" title="Messages that were sent, by their numbers, and never came">
          <span className={agent.missed > 0 ? 'alarming' : undefined}>{inline(count(agent.missed))}</span>
        </Figure>
        <Figure name="Restarts">{exact(agent.restarts)}</Figure>
        <Figure name="CPU">
          {agent.cpuPercent === null ? '–' : `${agent.cpuPercent.toFixed(1)}\u00a0%`}
        </Figure>
        <Figure name="Memory">{agent.memoryBytes === null ? '–' : inline(bytes(agent.memoryBytes))}</Figure>
        <Figure name="Clock" title="The agent’s clock compared with the collector’s">
          <Skew milliseconds={agent.clockSkewMs} />
        </Figure>
      </Figures>
      <Sight agent={agent} />
      <section>
        <h3>Account of losses</h3>
        <Ledgers ledgers={agent.ledgers} />
        {agent.missed > 0 && (
          <p className="notice">
            {exact(agent.missed)} messages were lost between agent and collector: one of them, or the network,
            was too slow.
          </p>
        )}
      </section>
      <footer className="card-foot">
        <span>
          by interface <code>{visibleText(agent.interface)}</code>
        </span>
        <span>
          id <code>{visibleText(agent.id)}</code>
        </span>
        <span>
          known for <Age since={agent.firstSeen} />
        </span>
      </footer>
    </article>
  );
}

/** How much it sees on its host, and what it does not, with why. */
function Sight({ agent }: { agent: AgentInfo }) {
  const tier = tierText(agent.tier);
  const parts = lostParts(agent.lost);
  if (tier === null && parts.length === 0) return null;
  return (
    <section data-testid="agent-sight">
      <h3>What it sees</h3>
      {tier !== null && (
        <p className={`sight sight-${tier.verdict}`}>
          <span className="verdict-mark" aria-hidden="true" />
          {tier.explanation}
        </p>
      )}
      {parts.length > 0 && (
        <>
          <p className="lost-title">What this host does not let its agent see:</p>
          <ul className="lost">
            {parts.map(({ what, whys }) => (
              <li key={what} data-testid="agent-lost">
                <strong>{visibleText(what)}</strong>
                {whys.map((why) => (
                  <span key={why} className="lost-why">
                    {visibleText(why)}
                  </span>
                ))}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Skew({ milliseconds }: { milliseconds: number | null }) {
  if (milliseconds === null) return '–';
  const size = Math.abs(milliseconds);
  const text = `${duration(size)} ${milliseconds < 0 ? 'behind' : 'ahead'}`;
  return <span className={size > NOTABLE_SKEW ? 'alarming' : undefined}>{size < 1 ? 'in step' : text}</span>;
}
