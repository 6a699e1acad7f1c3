import { FilterError, type FilterField, parseFilter } from '@packetless/model';
import { type CSSProperties, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { type Completion, completions } from '../../domain/filter-completion.js';
import { FilterHelp } from './filter-help.js';
import './filter-bar.css';

/** How long after the last key a filter is tried, milliseconds. */
const SETTLE = 250;

export interface FilterFault {
  readonly message: string;
  readonly position: number | null;
}

/** What a filter of some list is about. */
export interface FilterWords {
  readonly placeholder: string;
  /** Fields that mean something there. */
  readonly fields: readonly FilterField[];
  readonly examples: readonly (readonly [filter: string, meaning: string])[];
}

interface Props {
  readonly words: FilterWords;
  /** The filter in force. */
  readonly filter: string;
  /** What the server found wrong with it. */
  readonly error: FilterFault | null;
  readonly onFilter: (filter: string) => void;
}

/** The same parser as the server's, so that a fault is shown without asking. */
function faultOf(text: string): FilterFault | null {
  try {
    parseFilter(text);
    return null;
  } catch (error) {
    if (error instanceof FilterError) return { message: error.message, position: error.position };
    throw error;
  }
}

export function FilterBar({ words, filter, error, onFilter }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const errorId = useId();
  const [text, setText] = useState(filter);
  const [fault, setFault] = useState<FilterFault | null>(null);
  const [offered, setOffered] = useState<readonly Completion[]>([]);
  const [chosen, setChosen] = useState(-1);

  // The address changed by other means: back, a link.
  const [known, setKnown] = useState(filter);
  if (filter !== known) {
    setKnown(filter);
    if (filter.trim() !== text.trim()) setText(filter);
  }

  const commit = (next: string) => {
    const found = faultOf(next);
    setFault(found);
    if (found === null && next.trim() !== filter.trim()) onFilter(next.trim());
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the wait
  useEffect(() => {
    const timer = setTimeout(() => commit(text), SETTLE);
    return () => clearTimeout(timer);
  }, [text]);

  const write = (next: string, cursor: number, all = false) => {
    setText(next);
    setFault(null);
    setOffered(completions(words.fields, next, cursor, all));
    setChosen(-1);
  };

  const complete = (completion: Completion) => {
    write(completion.text, completion.cursor);
    setOffered([]);
    input.current?.focus();
    // After React has put the text there.
    requestAnimationFrame(() => input.current?.setSelectionRange(completion.cursor, completion.cursor));
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const cursor = event.currentTarget.selectionStart ?? text.length;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const list = offered.length > 0 ? offered : completions(words.fields, text, cursor, true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setOffered(list);
      if (list.length > 0)
        setChosen((chosen + step + list.length + (chosen === -1 && step < 0 ? 1 : 0)) % list.length);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && offered[chosen] !== undefined) {
      complete(offered[chosen]);
    } else if (event.key === 'Tab' && offered.length > 0 && !event.shiftKey) {
      complete(offered[0]!);
    } else if (event.key === 'Enter') {
      setOffered([]);
      commit(text);
    } else if (event.key === 'Escape') {
      if (offered.length > 0) setOffered([]);
      else input.current?.blur();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  };

  const shown = fault ?? (text.trim() === filter.trim() ? error : null);
  return (
    <div className="filter">
      <div className={shown === null ? 'filter-field' : 'filter-field filter-field-wrong'}>
        <svg className="filter-icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path
            d="M1.5 2.5h13l-5 6v4.5l-3 1.5V8.500z"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinejoin="round"
          />
        </svg>
        <input
          ref={input}
          id="filter-input"
          data-testid="filter-input"
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-autocomplete="list"
          aria-expanded={offered.length > 0}
          aria-controls={listId}
          aria-activedescendant={chosen === -1 ? undefined : `${listId}-${chosen}`}
          aria-invalid={shown !== null}
          aria-describedby={shown === null ? undefined : errorId}
          placeholder={words.placeholder}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={2000}
          value={text}
          onChange={(event) =>
            write(event.target.value, event.target.selectionStart ?? event.target.value.length)
          }
          onKeyDown={onKeyDown}
          onBlur={() => setOffered([])}
        />
        {text !== '' && (
          <button
            type="button"
            className="filter-clear"
            aria-label="Clear the filter"
            onClick={() => {
              write('', 0);
              commit('');
              input.current?.focus();
            }}
          >
            ×
          </button>
        )}
        <kbd className="filter-key" title="Press / to filter">
          /
        </kbd>
        <FilterHelp words={words} onExample={(example) => write(example, example.length)} />
        {offered.length > 0 && <Offers id={listId} offered={offered} chosen={chosen} onChoose={complete} />}
      </div>
      {shown !== null && (
        <Fault id={errorId} fault={shown} text={text} scrolled={input.current?.scrollLeft ?? 0} />
      )}
    </div>
  );
}

function Offers({
  id,
  offered,
  chosen,
  onChoose,
}: {
  id: string;
  offered: readonly Completion[];
  chosen: number;
  onChoose: (completion: Completion) => void;
}) {
  return (
    <div className="offers" id={id} role="listbox" tabIndex={-1} aria-label="Fields">
      {offered.map((each, index) => (
        <div
          key={each.field.name}
          id={`${id}-${index}`}
          ref={index === chosen ? (node) => node?.scrollIntoView({ block: 'nearest' }) : undefined}
          className="offer"
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          // Before the input loses the focus, which would take the list away.
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(each);
          }}
        >
          <code>{each.field.name}</code>
          <span>{each.field.description}</span>
          <code className="offer-example">{each.field.example}</code>
        </div>
      ))}
    </div>
  );
}

/** The message under the place where the fault is. */
function Fault({
  id,
  fault,
  text,
  scrolled,
}: {
  id: string;
  fault: FilterFault;
  text: string;
  scrolled: number;
}) {
  const position = fault.position === null ? null : Math.min(fault.position, text.length);
  return (
    <div className="fault" id={id} role="alert" data-testid="filter-error" data-position={position ?? ''}>
      {position !== null && (
        <span
          className="fault-place"
          aria-hidden="true"
          style={{ '--column': position, '--scrolled': `${scrolled}px` } as CSSProperties}
        />
      )}
      <span className="fault-message">{fault.message}</span>
    </div>
  );
}
