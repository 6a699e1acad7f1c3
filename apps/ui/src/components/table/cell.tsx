import type { ReactNode } from 'react';

export function Cell({
  column,
  title,
  children,
}: {
  column: string;
  title?: string | undefined;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed one by one, which table elements do not allow
    <div className={`cell cell-${column}`} role="gridcell" tabIndex={-1} title={title}>
      {children}
    </div>
  );
}
