import { describe, expect, test } from '@jest/globals';
import { flowPath, parseRoute } from './route.js';

describe('the address of the page', () => {
  test.each([
    ['/', 'flows'],
    ['/flows', 'flows'],
    ['/containers', 'containers'],
    ['/pods', 'containers'],
    ['/workloads/', 'containers'],
    ['/listening', 'listening'],
    ['/interfaces/', 'interfaces'],
    ['/agents', 'agents'],
    ['/agents/x', 'unknown'],
  ])('%s is the page of %s', (path, page) =>
    expect(parseRoute(path, '')).toMatchObject({ page, flowId: null }),
  );

  test('leads back to the same flow, whatever its id', () => {
    for (const id of ['1-2mu-1', 'a/b?c#d', 'é %']) {
      const path = flowPath(id, '?sort=-bytes');
      expect(parseRoute(new URL(path, 'http://x').pathname, '?sort=-bytes')).toEqual({
        page: 'flows',
        flowId: id,
        search: '?sort=-bytes',
      });
    }
  });

  test('a broken escape is taken as it stands', () => {
    expect(parseRoute('/flows/%zz', '').flowId).toBe('%zz');
  });
});
