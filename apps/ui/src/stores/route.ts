/** The page's address, as a value that changes. */
import { parseRoute, type Route } from '../domain/route.js';
import { Store } from './store.js';

const current = () => parseRoute(location.pathname, location.search);

export const route = new Store<Route>(current());
addEventListener('popstate', () => route.set(current()));

/** `replace`: the step back leads to where the present address came from. */
export function navigate(address: string, options: { readonly replace?: boolean } = {}): void {
  if (options.replace === true) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  route.set(current());
}
