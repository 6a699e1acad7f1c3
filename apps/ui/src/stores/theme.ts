/** Light or dark: as the system says until somebody chooses. */
import { Store } from './store.js';

export type Theme = 'light' | 'dark';

const KEY = 'packetless.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

function chosen(): Theme | null {
  try {
    const text = localStorage.getItem(KEY);
    return text === 'light' || text === 'dark' ? text : null;
  } catch {
    // Storage may be forbidden; the system's wish then stands.
    return null;
  }
}

const now = (): Theme => chosen() ?? (system.matches ? 'dark' : 'light');

export const theme = new Store<Theme>(now());
const show = () => {
  document.documentElement.dataset.theme = theme.get();
};
theme.subscribe(show);
show();
system.addEventListener('change', () => theme.set(now()));

export function chooseTheme(next: Theme): void {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It then lasts as long as this page.
  }
  theme.set(next);
}
