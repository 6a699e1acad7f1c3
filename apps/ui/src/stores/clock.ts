/** The collector's clock, to the second, so that ages are right on a machine whose own clock is not. */
import { useEffect } from 'react';
import { useConnection } from './connection.js';
import { Store, useStore } from './store.js';

const tick = new Store(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One timer for all that show an age, none when nothing does. */
function useTick(): number {
  useEffect(() => {
    users += 1;
    if (users === 1) timer = setInterval(() => tick.set(Date.now()), 1000);
    return () => {
      users -= 1;
      if (users === 0) clearInterval(timer);
    };
  }, []);
  return useStore(tick);
}

/** Epoch milliseconds by the collector's clock. */
export function useNow(): number {
  const { status } = useConnection();
  return useTick() + useStore(status).clockOffsetMs;
}
