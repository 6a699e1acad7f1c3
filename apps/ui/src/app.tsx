import { Header } from './components/header.js';
import { Mishap } from './components/mishap.js';
import type { Route } from './domain/route.js';
import { AgentsPage } from './pages/agents-page.js';
import { ContainersPage } from './pages/containers-page.js';
import { FlowsPage } from './pages/flows-page.js';
import { InterfacesPage } from './pages/interfaces-page.js';
import { ListeningPage } from './pages/listening-page.js';
import { NowherePage } from './pages/nowhere-page.js';
import { route } from './stores/route.js';
import { useStore } from './stores/store.js';

export function App() {
  const here = useStore(route);
  return (
    <>
      <Header page={here.page} />
      <main className="page">
        <Mishap key={here.page}>
          <Page route={here} />
        </Mishap>
      </main>
    </>
  );
}

function Page({ route: here }: { route: Route }) {
  switch (here.page) {
    case 'flows':
      return <FlowsPage flowId={here.flowId} search={here.search} />;
    case 'containers': {
      const kind = here.kind ?? 'containers';
      return <ContainersPage key={kind} kind={kind} search={here.search} />;
    }
    case 'listening':
      return <ListeningPage search={here.search} />;
    case 'interfaces':
      return <InterfacesPage />;
    case 'agents':
      return <AgentsPage />;
    case 'unknown':
      return <NowherePage />;
  }
}
