import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    // light-dark(), container queries and the popover attribute, without translations of them.
    target: ['chrome123', 'firefox125', 'safari17.5'],
    // The collector allows nothing but its own files, so none may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:3000', ws: true } } },
});
