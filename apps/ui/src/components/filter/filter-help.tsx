import { useRef } from 'react';
import type { FilterWords } from './filter-bar.js';

/** What a filter can say. Each example can be clicked on. */
export function FilterHelp({
  words,
  onExample,
}: {
  words: FilterWords;
  onExample: (example: string) => void;
}) {
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
          {words.examples.map(([example, meaning]) => (
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
          {words.fields.map((field) => (
            <div key={field.name}>
              <dt>
                <code>{field.kind === 'label' ? `${field.name}.KEY` : field.name}</code>
              </dt>
              <dd>{field.description}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}
