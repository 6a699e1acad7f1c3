import type { ReactNode } from 'react';
import { Mark } from './mark.js';
import './empty-state.css';

/** Nothing to show: why, and what to do next. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <section className="empty">
      <Mark />
      <h2>{title}</h2>
      {children}
    </section>
  );
}
