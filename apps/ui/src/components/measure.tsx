import { memo } from 'react';
import type { Quantity } from '../domain/quantity.js';
import './measure.css';

/** A number with its unit, right-aligned so that digits and units stand under each other. Null is not known. */
export const Measure = memo(function Measure({
  quantity,
  title,
  alarming = false,
}: {
  quantity: Quantity | null;
  title?: string;
  alarming?: boolean;
}) {
  if (quantity === null) return <span className="measure measure-unknown">–</span>;
  return (
    <span className={alarming ? 'measure measure-alarming' : 'measure'} title={title}>
      {quantity.value}
      {quantity.unit !== '' && <span className="unit">{quantity.unit}</span>}
    </span>
  );
}, sameMeasure);

type Props = { quantity: Quantity | null; title?: string; alarming?: boolean };

function sameMeasure(a: Props, b: Props): boolean {
  return (
    a.quantity?.value === b.quantity?.value &&
    a.quantity?.unit === b.quantity?.unit &&
    a.title === b.title &&
    a.alarming === b.alarming
  );
}
