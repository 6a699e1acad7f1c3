/** The accounts of a line of hops, in the data's way; those that balance are a click away. */
import type { LedgerSnapshot } from '@packetless/model';
import { balance, type Verdict, worst } from '../domain/ledger-balance.js';
import { count, exact, inline } from '../domain/quantity.js';
import { visibleText } from '../domain/visible-text.js';
import './ledgers.css';

const SUMMARY: { readonly [Each in Verdict]: string } = {
  balanced: 'Every hop balances, nothing lost',
  lossy: 'Something was dropped',
  wrong: 'An account does not add up',
};

export function Ledgers({ ledgers }: { ledgers: readonly LedgerSnapshot[] }) {
  if (ledgers.length === 0) return <p className="aside">Gives no account of losses.</p>;
  const overall = worst(ledgers.map((ledger) => balance(ledger).verdict));
  return (
    <details className="ledgers" data-verdict={overall} open={overall !== 'balanced'}>
      <summary className={`ledgers-summary verdict-${overall}`}>
        <span className="verdict-mark" aria-hidden="true" />
        {SUMMARY[overall]}
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Hop</th>
            <th scope="col">Seen</th>
            <th scope="col">Delivered</th>
            <th scope="col">Dropped</th>
            <th scope="col">In flight</th>
          </tr>
        </thead>
        {ledgers.map((ledger) => (
          <Hop key={ledger.hop} ledger={ledger} />
        ))}
      </table>
    </details>
  );
}

function Hop({ ledger }: { ledger: LedgerSnapshot }) {
  const { verdict, dropped, sentence } = balance(ledger);
  return (
    <tbody
      className={`hop verdict-${verdict}`}
      title="Seen = delivered + dropped + in flight"
      data-testid="ledger-hop"
      data-verdict={verdict}
    >
      <tr>
        <th scope="row">
          <span className="verdict-mark" aria-hidden="true" />
          {visibleText(ledger.hop)}
        </th>
        <Cell number={ledger.seen} />
        <Cell number={ledger.delivered} />
        <Cell number={dropped} />
        <Cell number={ledger.inFlight} />
      </tr>
      {verdict !== 'balanced' && (
        <tr className="hop-reason">
          <td colSpan={5}>{sentence}</td>
        </tr>
      )}
    </tbody>
  );
}

/** Exact as long as it fits: an account is there to be checked. */
function Cell({ number }: { number: number }) {
  const text = Math.abs(number) < 1e9 ? exact(number) : inline(count(number));
  return <td className={number === 0 ? 'none' : undefined}>{text}</td>;
}
