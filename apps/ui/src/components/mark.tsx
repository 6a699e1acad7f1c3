/** Two ends of a conversation, and the packets between them left out. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round">
        <circle cx="5.5" cy="17" r="3.2" fill="currentColor" />
        <circle cx="18.5" cy="7" r="3.2" />
        <path d="M5.5 10.5V9a5 5 0 0 1 5-5h1.5M18.5 13.5V15a5 5 0 0 1-5 5H12" strokeDasharray="0.1 4.2" />
      </g>
    </svg>
  );
}
