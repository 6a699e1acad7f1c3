import type { ReactNode } from 'react';

/** A heading and what is known under it. */
export function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Name and value; nothing for what is not known. */
export function Fact({
  name,
  children,
  code = false,
}: {
  name: string;
  children: ReactNode;
  code?: boolean;
}) {
  if (children === null || children === undefined || children === '') return null;
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd className={code ? 'code' : undefined}>{children}</dd>
    </div>
  );
}
