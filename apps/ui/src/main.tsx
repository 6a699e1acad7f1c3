import './strict-policy.js';
import './styles/tokens.css';
import './styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { ConnectionProvider, openConnection } from './stores/connection.js';

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <ConnectionProvider value={openConnection(location)}>
      <App />
    </ConnectionProvider>
  </StrictMode>,
);
