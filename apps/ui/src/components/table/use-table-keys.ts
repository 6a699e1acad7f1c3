import { useEffect } from 'react';

export interface TableKeys {
  readonly pause: () => void;
  /** Null: nothing is open. */
  readonly close: (() => void) | null;
}

/** `/` to the filter, space pauses, Escape closes; the arrows are the table's, and get to it from anywhere. */
export function useTableKeys(keys: TableKeys): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof HTMLElement ? event.target : document.body;
      if (target.closest('input, select, textarea, [popover]') !== null) return;
      if (event.key === '/') document.getElementById('filter-input')?.focus();
      else if (event.key === ' ' && target.closest('button, a') === null) keys.pause();
      else if (event.key === 'Escape' && keys.close !== null) {
        keys.close();
        focusTable();
      } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && target === document.body)
        focusTable();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });
}

function focusTable(): void {
  document.querySelector<HTMLElement>('[role=grid]')?.focus();
}
