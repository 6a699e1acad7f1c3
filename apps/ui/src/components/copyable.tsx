import { useEffect, useState } from 'react';
import './copyable.css';

/** A command or an identifier, with a button that copies it. */
export function Copyable({ text, block = false }: { text: string; block?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span className={block ? 'copyable copyable-block' : 'copyable'}>
      <code>{text}</code>
      {/* Browsers offer the clipboard to pages from https or localhost only. */}
      {navigator.clipboard !== undefined && (
        <button
          type="button"
          className="copy"
          aria-label={`Copy ${text}`}
          onClick={() =>
            navigator.clipboard.writeText(text).then(
              () => setCopied(true),
              () => setCopied(false),
            )
          }
        >
          {copied ? 'Copied' : 'Copy'}
        </button>
      )}
    </span>
  );
}
