/** The accounts of a line of hops, in the data's way. */
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
    <div className="ledgers" data-verdict={overall}>
      <p className={`ledgers-summary verdict-${overall}`}>
        <span className="verdict-mark" aria-hidden="true" />
        {SUMMARY[overall]}
      </p>
      <ol>
        {ledgers.map((ledger) => (
          <Hop key={ledger.hop} ledger={ledger} />
        ))}
      </ol>
    </div>
  );
}

function Hop({ ledger }: { ledger: LedgerSnapshot }) {
  const { verdict, dropped, sentence } = balance(ledger);
  const sum = `${exact(ledger.seen)} seen = ${exact(ledger.delivered)} delivered + ${exact(dropped)} dropped + ${exact(ledger.inFlight)} in flight`;
  return (
    <li className={`hop verdict-${verdict}`} title={sum}>
      <span className="hop-name">
        <span className="verdict-mark" aria-hidden="true" />
        {visibleText(ledger.hop)}
      </span>
      <dl className="hop-numbers">
        <HopNumber name="seen" number={ledger.seen} />
        <HopNumber name="delivered" number={ledger.delivered} />
        <HopNumber name="dropped" number={dropped} />
        <HopNumber name="in flight" number={ledger.inFlight} />
      </dl>
      {verdict !== 'balanced' && <span className="hop-reason">{sentence}</span>}
    </li>
  );
}

function HopNumber({ name, number }: { name: string; number: number }) {
  return (
    <div className={number === 0 ? 'hop-number hop-number-none' : 'hop-number'}>
      <dt>{name}</dt>
      <dd>{inline(count(number))}</dd>
    </div>
  );
}
