import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FILTER_FIELDS, FilterError, type FilterNode, parseFilter, printFilter } from './index.js';
import { findsPattern, matchesPattern } from './pattern.js';

const text = (field: string, ...pattern: string[]) => ({ kind: 'text', field, comparison: '=', pattern });
const word = (...pattern: string[]) => ({ kind: 'word', pattern });
const number = (field: string, comparison: string, value: number) => ({
  kind: 'number',
  field,
  comparison,
  value,
});

describe('parseFilter', () => {
  test.each<[string, unknown]>([
    ['', null],
    ['  \t\n', null],
    ['curl', word('curl')],
    ['CURL', word('curl')],
    ['process:curl', text('process', 'curl')],
    ['Process:Curl', text('process', 'curl')],
    ['process = curl', text('process', 'curl')],
    ['process: curl', text('process', 'curl')],
    ['Protocol:icmp', text('proto', 'icmp')],
    ['reset', { kind: 'flag', name: 'reset' }],
    ['pod:kube-*-x*', text('pod', 'kube-', '-x', '')],
    ['process:*', text('process', '', '')],
    ['cmdline:"a \\"b\\" \\* (or) *"', text('cmdline', 'a "b" * (or) ', '')],
    ['exe:/usr/bin/x=y:z', text('exe', '/usr/bin/x=y:z')],
    ['interface:tcp://*:1234c', text('interface', 'tcp://', ':1234c')],
    ['state!=CLOSE', { kind: 'text', field: 'state', comparison: '!=', pattern: ['close'] }],
    [
      'label.app.kubernetes.io/Name:web',
      { kind: 'label', key: ['app.kubernetes.io/name'], comparison: '=', pattern: ['web'] },
    ],
    ['LABEL.app!=web-*', { kind: 'label', key: ['app'], comparison: '!=', pattern: ['web-', ''] }],
    ['label.*/part-of:*', { kind: 'label', key: ['', '/part-of'], comparison: '=', pattern: ['', ''] }],
    ['label.a\\ \\:b:c', { kind: 'label', key: ['a :b'], comparison: '=', pattern: ['c'] }],
    ['host:10.0.0.0/8', { kind: 'network', field: 'host', comparison: '=', network: '10.0.0.0/8' }],
    ['server != fd00::1', { kind: 'network', field: 'server', comparison: '!=', network: 'fd00::1' }],
    ['port:443', number('port', '=', 443)],
    ['bytes>10MB', number('bytes', '>', 1e7)],
    ['sent<=1.5KiB', number('sent', '<=', 1536)],
    ['rtt>50ms', number('rtt', '>', 50)],
    ['rtt>50us', number('rtt', '>', 0.05)],
    ['duration<2m', number('duration', '<', 120_000)],
    ['latency!=0', number('latency', '!=', 0)],
    ['packets>10k', number('packets', '>', 10_000)],
    ['failed', { kind: 'flag', name: 'failed' }],
    ['"failed"', word('failed')],
    ['fe80::1', word('fe80::1')],
    ['dead::beef', word('dead::beef')],
    ['10.0.0.1:443', word('10.0.0.1:443')],
    ['a b', { kind: 'and', operands: [word('a'), word('b')] }],
    ['a AND b', { kind: 'and', operands: [word('a'), word('b')] }],
    ['a b or c', { kind: 'or', operands: [{ kind: 'and', operands: [word('a'), word('b')] }, word('c')] }],
    ['a (b or c)', { kind: 'and', operands: [word('a'), { kind: 'or', operands: [word('b'), word('c')] }] }],
    ['not a b', { kind: 'and', operands: [{ kind: 'not', operand: word('a') }, word('b')] }],
    ['not(a)', { kind: 'not', operand: word('a') }],
    ['((a))', word('a')],
    ['android', word('android')],
  ])('%s', (filter, expected) => {
    expect(parseFilter(filter)).toEqual(expected);
  });

  test.each<[string, number, string]>([
    ['proces:curl', 0, 'no field "proces"'],
    ['a process:', 10, 'Expected a value for process, as in process:curl'],
    ['process:""', 8, 'Expected a value'],
    ['""', 0, 'nothing between the quotes'],
    ['a "b', 2, 'never closed'],
    ['(a', 0, '"(" is never closed'],
    ['a)', 1, 'no "(" before it'],
    ['()', 1, 'before ")"'],
    ['a and', 5, 'Expected a word'],
    ['a or or b', 5, 'before "or"'],
    ['and a', 0, 'before "and"'],
    ['not', 3, 'Expected a word'],
    ['rtt>50', 4, 'a time with its unit'],
    ['bytes>10X', 6, 'a number of bytes'],
    ['bytes>99999999TB', 6, 'at most'],
    ['bytes>-1', 6, 'a number of bytes'],
    ['port:1.5', 5, 'a whole number'],
    ['port:80,443', 5, 'a whole number'],
    ['host:localhost', 5, 'an address or network'],
    ['host:10.0.0.0/33', 5, 'an address or network'],
    ['process>3', 0, 'not a number'],
    ['label.app>3', 0, 'not a number'],
    ['label:web', 0, 'a label behind "label."'],
    ['label.:web', 0, 'a label behind "label."'],
    ['label.app:', 10, 'Expected a value for label, as in label.app:web'],
    ['failed:1', 0, 'stands alone'],
    ['=x', 0, "field's name"],
    ['a!b', 2, '"="'],
    ['a\\', 2, 'after the backslash'],
    ['x'.repeat(2001), 2000, 'at most 2000 characters'],
    ['('.repeat(60), 51, 'levels deep'],
    ['not '.repeat(60), 204, 'levels deep'],
  ])('%s is wrong at %i', (filter, position, message) => {
    expect.assertions(3);
    try {
      parseFilter(filter);
    } catch (error) {
      expect(error).toBeInstanceOf(FilterError);
      expect((error as FilterError).position).toBe(position);
      expect((error as FilterError).message).toContain(message);
    }
  });

  test('every field’s example is understood', () => {
    for (const { name, example } of FILTER_FIELDS) {
      expect(parseFilter(example)).not.toBeNull();
      expect(example).toContain(name);
    }
  });

  test('any text is a filter or an error with a place in the text', () => {
    const fragment = fc.constantFrom(
      'and',
      'or',
      'not',
      '(',
      ')',
      '"',
      '\\',
      '*',
      ':',
      '>=',
      '!',
      ' ',
      'port',
      '9',
      'é',
    );
    const garbage = fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(garbage, fc.string({ unit: 'binary' })), (filter) => {
        try {
          const node = parseFilter(filter);
          if (node !== null) expect(parseFilter(printFilter(node))).toEqual(node);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError);
          expect((error as FilterError).position).toBeGreaterThanOrEqual(0);
          expect((error as FilterError).position).toBeLessThanOrEqual(filter.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** Any filter that could have been read. */
const filters = fc.letrec<{ node: FilterNode }>((tie) => {
  const piece = fc.string({ maxLength: 5 }).map((piece) => piece.toLowerCase());
  const pattern = fc.array(piece, { minLength: 1, maxLength: 3 }).filter((pieces) => pieces.join('*') !== '');
  const equality = fc.constantFrom('=' as const, '!=' as const);
  const operands = fc.array(tie('node'), { minLength: 2, maxLength: 3 });
  return {
    node: fc.oneof(
      { maxDepth: 4 },
      fc.record({ kind: fc.constant('word' as const), pattern }),
      fc.record({
        kind: fc.constant('flag' as const),
        name: fc.constantFrom('failed' as const, 'closed' as const, 'local' as const, 'remote' as const),
      }),
      fc.record({
        kind: fc.constant('text' as const),
        field: fc.constantFrom('process' as const, 'if' as const, 'state' as const),
        comparison: equality,
        pattern,
      }),
      fc.record({ kind: fc.constant('label' as const), key: pattern, comparison: equality, pattern }),
      fc.record({
        kind: fc.constant('network' as const),
        field: fc.constantFrom('host' as const, 'client' as const),
        comparison: equality,
        network: fc.oneof(fc.ipV4(), fc.ipV6()),
      }),
      fc.record({
        kind: fc.constant('number' as const),
        field: fc.constantFrom('bytes' as const, 'rtt' as const, 'port' as const),
        comparison: fc.constantFrom('=' as const, '!=' as const, '>' as const, '>=' as const, '<' as const),
        value: fc.nat(),
      }),
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), operands }),
      fc.record({ kind: fc.constant('not' as const), operand: tie('node') }),
    ),
  };
}).node;

test('a filter that was printed is read back as the same', () => {
  fc.assert(
    fc.property(filters, (node) => {
      const printed = printFilter(node);
      fc.pre(printed.length <= 2000);
      expect(parseFilter(printed)).toEqual(node);
    }),
    { numRuns: 1000 },
  );
});

describe('patterns', () => {
  test('mean what a regular expression with .* means', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 4 }),
        fc.string({ unit: fc.constantFrom('a', 'b') }),
        (pattern, subject) => {
          expect(matchesPattern(pattern, subject)).toBe(new RegExp(`^${pattern.join('.*')}$`).test(subject));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('without stars may be looked for anywhere', () => {
    expect(findsPattern(['url'], 'curl')).toBe(true);
    expect(findsPattern(['url', ''], 'curl')).toBe(false);
  });
});
