import type { Route } from '../domain/route.js';
import { useConnection } from '../stores/connection.js';
import { useStore } from '../stores/store.js';
import { chooseTheme, theme } from '../stores/theme.js';
import { useView } from '../stores/view.js';
import { ConnectionBadge } from './connection-badge.js';
import { HealthLine, HealthNumbers } from './health.js';
import { Link } from './link.js';
import { Mark } from './mark.js';
import './header.css';

const PAGES = [
  { page: 'flows', to: '/', title: 'Flows' },
  { page: 'containers', to: '/containers', title: 'Containers' },
  { page: 'listening', to: '/listening', title: 'Listening' },
  { page: 'interfaces', to: '/interfaces', title: 'Interfaces' },
  { page: 'agents', to: '/agents', title: 'Agents' },
] as const;

export function Header({ page }: { page: Route['page'] }) {
  const { status } = useConnection();
  const health = useView('health').rows?.[0] ?? null;
  const connection = useStore(status);
  return (
    <header className="header">
      <div className="header-bar">
        <Link to="/" className="wordmark" aria-label="Packetless, to the flows">
          <Mark />
          <span>Packetless</span>
        </Link>
        <nav aria-label="Pages">
          {PAGES.map((each) => (
            <Link
              key={each.page}
              to={each.to}
              data-testid={`nav-${each.page}`}
              aria-current={page === each.page ? 'page' : undefined}
            >
              {each.title}
            </Link>
          ))}
        </nav>
        <div className="header-end">
          {health !== null && connection.state === 'live' && <HealthNumbers health={health} />}
          <ConnectionBadge status={connection} />
          <ThemeSwitch />
        </div>
      </div>
      {health !== null && connection.state === 'live' && <HealthLine health={health} />}
    </header>
  );
}

function ThemeSwitch() {
  const now = useStore(theme);
  const next = now === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      className="icon-button"
      data-testid="theme-switch"
      aria-label={`Switch to the ${next} theme`}
      title={`Switch to the ${next} theme`}
      onClick={() => chooseTheme(next)}
    >
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        {now === 'dark' ? (
          <g fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round">
            <circle cx="10" cy="10" r="3.4" fill="currentColor" stroke="none" />
            <path d="M10 2.2v1.6M10 16.2v1.6M2.2 10h1.6M16.2 10h1.6M4.5 4.5l1.1 1.1M14.4 14.4l1.1 1.1M15.5 4.5l-1.1 1.1M5.6 14.4l-1.1 1.1" />
          </g>
        ) : (
          <path d="M16.6 12.4A7 7 0 0 1 7.6 3.4a7 7 0 1 0 9 9Z" fill="currentColor" />
        )}
      </svg>
    </button>
  );
}
