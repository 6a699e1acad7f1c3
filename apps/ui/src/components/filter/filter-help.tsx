import { FILTER_FIELDS } from '@packetless/model';
import { useRef } from 'react';

const EXAMPLES = [
  ['curl', 'names and addresses with this word in them'],
  ['process:curl and port:443', 'both must hold'],
  ['host:10.0.0.0/8 not port:22', 'a network, without some'],
  ['failed or retransmits>0', 'what is not well'],
  ['rtt>50ms', 'far away, or slow'],
  ['bytes>10MB (user:root or user:www-data)', 'large, of two users'],
  ['pod:kube-dns* namespace:kube-system', '* stands for anything'],
] as const;

/** What a filter can say. Each example can be clicked on. */
export function FilterHelp({ onExample }: { onExample: (example: string) => void }) {
  const popover = useRef<HTMLDivElement>(null);
  const take = (example: string) => {
    onExample(example);
    popover.current?.hidePopover();
  };
  return (
    <>
      <button
        type="button"
        className="filter-help-button"
        popoverTarget="filter-help"
        aria-label="What a filter can say"
        title="What a filter can say"
      >
        ?
      </button>
      <div ref={popover} id="filter-help" className="filter-help" popover="auto">
        <h2>Filter</h2>
        <p>
          Words and comparisons, joined by <code>and</code>, <code>or</code>, <code>not</code> and
          parentheses. A blank means <code>and</code>.
        </p>
        <ul className="examples">
          {EXAMPLES.map(([example, meaning]) => (
            <li key={example}>
              <button type="button" onClick={() => take(example)}>
                <code>{example}</code>
              </button>
              <span>{meaning}</span>
            </li>
          ))}
        </ul>
        <h3>Fields</h3>
        <dl className="fields">
          {FILTER_FIELDS.map((field) => (
            <div key={field.name}>
              <dt>
                <code>{field.name}</code>
              </dt>
              <dd>{field.description}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}
