/** Writes a filter as text that `parseFilter` reads back as the same tree. */
import type { FilterNode } from './node.js';
import type { Pattern } from './pattern.js';

/**
 *     printFilter(parseFilter('a AND bytes >= 1KiB')!); // '"a" and bytes>=1024'
 */
export function printFilter(node: FilterNode): string {
  switch (node.kind) {
    case 'and':
      return node.operands.map((operand) => printOperand(operand, ['and', 'or'])).join(' and ');
    case 'or':
      return node.operands.map((operand) => printOperand(operand, ['or'])).join(' or ');
    case 'not':
      return `not ${printOperand(node.operand, ['and', 'or'])}`;
    case 'flag':
      return node.name;
    case 'word':
      return printPattern(node.pattern);
    case 'text':
      return `${node.field}${printEquality(node.comparison)}${printPattern(node.pattern)}`;
    case 'label':
      return `label.${printKey(node.key)}${printEquality(node.comparison)}${printPattern(node.pattern)}`;
    case 'network':
      return `${node.field}${printEquality(node.comparison)}${node.network}`;
    case 'number':
      return `${node.field}${node.comparison}${node.value}${TIMES.has(node.field) ? 'ms' : ''}`;
  }
}

const TIMES: ReadonlySet<string> = new Set(['rtt', 'latency', 'duration']);

function printEquality(comparison: '=' | '!='): string {
  return comparison === '=' ? ':' : '!=';
}

function printOperand(node: FilterNode, inParentheses: readonly FilterNode['kind'][]): string {
  const text = printFilter(node);
  return inParentheses.includes(node.kind) ? `(${text})` : text;
}

/** A name is never in quotes. */
function printKey(key: Pattern): string {
  return key.map((piece) => piece.replace(/[^\w./-]/gu, '\\$&')).join('*');
}

function printPattern(pattern: Pattern): string {
  return `"${pattern.map((piece) => piece.replace(/["*\\]/g, '\\$&')).join('*')}"`;
}
