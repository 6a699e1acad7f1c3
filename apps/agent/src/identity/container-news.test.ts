import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type Container, type ContainersEvent, containerOfId } from '@packetless/model';
import { ContainerNews } from './container-news.js';

const events: ContainersEvent[] = [];
let all: readonly Container[] = [];
let news: ContainerNews;

beforeEach(() => {
  jest.useFakeTimers();
  events.length = 0;
  all = [];
  news = new ContainerNews({ agent: 'a1', all: () => all, onEvent: (event) => events.push(event) });
  news.start();
});
afterEach(() => {
  news.close();
  jest.useRealTimers();
});

const ids = () => events.map(({ containers }) => containers.map(({ id, name }) => `${id} ${name}`));

test('what is learnt within a moment is told together, the latest of each', () => {
  news.learnt(containerOfId('c1'));
  news.learnt({ ...containerOfId('c2'), name: 'db' });
  news.learnt({ ...containerOfId('c1'), name: 'web' });
  expect(events).toEqual([]);
  jest.advanceTimersByTime(100);
  expect(ids()).toEqual([['c1 web', 'c2 db']]);
  expect(events[0]).toMatchObject({ type: 'containers', agent: 'a1' });
});

test('all that is known is told again once a minute, and nothing when there is nothing', () => {
  jest.advanceTimersByTime(60_000);
  expect(events).toEqual([]);
  all = [containerOfId('c1')];
  jest.advanceTimersByTime(60_000);
  expect(ids()).toEqual([['c1 null']]);
});

test('a newcomer hears of all, many in several events', () => {
  all = Array.from({ length: 1000 }, (_, index) => containerOfId(`c${index}`));
  news.tellAll();
  expect(events.length).toBeGreaterThan(1);
  expect(events.flatMap(({ containers }) => containers)).toEqual(all);
});

test('what was learnt last is told before the end, and nothing after it', () => {
  news.learnt(containerOfId('c1'));
  news.close();
  expect(ids()).toEqual([['c1 null']]);
  jest.advanceTimersByTime(120_000);
  expect(events.length).toBe(1);
});
