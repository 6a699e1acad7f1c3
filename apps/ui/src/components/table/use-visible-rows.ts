import { type RefObject, useLayoutEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { type RowRange, visibleRows } from '../../domain/row-window.js';

/**
 * Which rows of a list of equal heights can be seen in the element, kept up to date as it is scrolled and resized.
 * The cost does not depend on the length of the list.
 */
export function useVisibleRows(element: RefObject<HTMLElement | null>, rowHeight: number): RowRange {
  const [range, setRange] = useState<RowRange>({ first: 0, last: 0 });
  useLayoutEffect(() => {
    const node = element.current;
    if (node === null) return;
    const look = () =>
      setRange((before) => {
        const now = visibleRows(node.scrollTop, node.clientHeight, rowHeight);
        return now.first === before.first && now.last === before.last ? before : now;
      });
    // Drawn before the scrolled picture is shown, else empty places would flash up.
    const onScroll = () => flushSync(look);
    const observer = new ResizeObserver(look);
    look();
    observer.observe(node);
    node.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', onScroll);
    };
  }, [element, rowHeight]);
  return range;
}
