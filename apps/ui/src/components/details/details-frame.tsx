import type { ReactNode, Ref } from 'react';
import './details.css';

/** Details beside a list, or over it: a title, a button that closes them, and what they are about. */
export function DetailsFrame({
  label,
  testId,
  title,
  closeButton,
  onClose,
  children,
}: {
  label: string;
  testId: string;
  title: ReactNode;
  closeButton: Ref<HTMLButtonElement>;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <aside className="details" data-testid={testId} aria-label={label}>
      <div className="details-head">
        {title}
        <button
          ref={closeButton}
          type="button"
          className="icon-button"
          aria-label="Close"
          title="Close (Esc)"
          onClick={onClose}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path
              d="M3.500 3.500l9 9m0-9l-9 9"
              stroke="currentColor"
              strokeWidth="1.7"
              strokeLinecap="round"
            />
          </svg>
        </button>
      </div>
      {children}
    </aside>
  );
}
