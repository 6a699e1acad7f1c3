import { EmptyState } from '../components/empty-state.js';
import { Link } from '../components/link.js';

export function NowherePage() {
  return (
    <EmptyState title="There is no such page">
      <p>
        See the <Link to="/">flows</Link>, <Link to="/listening">what hosts listen on</Link>, the{' '}
        <Link to="/interfaces">interfaces</Link> or the <Link to="/agents">agents</Link>.
      </p>
    </EmptyState>
  );
}
