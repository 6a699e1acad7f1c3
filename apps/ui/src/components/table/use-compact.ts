import { type RefObject, useLayoutEffect, useState } from 'react';

/** Below this width, in pixels, a flow is two lines instead of a row of columns. */
const COMPACT_BELOW = 640;

/** Whether the element is too narrow for columns. */
export function useCompact(element: RefObject<HTMLElement | null>): boolean {
  const [compact, setCompact] = useState(false);
  useLayoutEffect(() => {
    const node = element.current;
    if (node === null) return;
    const observer = new ResizeObserver(() => setCompact(node.clientWidth < COMPACT_BELOW));
    setCompact(node.clientWidth < COMPACT_BELOW);
    observer.observe(node);
    return () => observer.disconnect();
  }, [element]);
  return compact;
}
