/** Our agent's topic `translation`: which conversations its host translates (docs/wire.md §13). */
import type { ConversationEnds, Translation, TranslationsEvent } from '@packetless/model';
import { MAX_NAME } from '../dialect/limits.js';
import { TRANSLATIONS_KEY } from '../dialect/translations.js';
import { atMost } from './room.js';
import { formatTimestamp } from './timestamp.js';

/** A translation takes 320 bytes at most, so that a message takes 64 KiB. */
const MOST_IN_A_MESSAGE = 200;

/** As many messages as they need; the last one tells that these were all. */
export function encodeTranslations(event: TranslationsEvent): string[] {
  const { time, agent, location, toldSince, translations } = event;
  const own = {
    time: formatTimestamp(time),
    ...(agent !== null && { agent: atMost(agent, MAX_NAME) }),
    ...(location !== null && { location: atMost(location, MAX_NAME) }),
  };
  const messages: string[] = [];
  for (let at = 0; at === 0 || at < translations.length; at += MOST_IN_A_MESSAGE) {
    const isLast = at + MOST_IN_A_MESSAGE >= translations.length;
    const all = isLast && toldSince !== null ? { toldSince: formatTimestamp(toldSince) } : {};
    const head = JSON.stringify({ ...own, ...all }).slice(0, -1);
    const some = translations.slice(at, at + MOST_IN_A_MESSAGE).map(encodeTranslation);
    messages.push(`${head},"${TRANSLATIONS_KEY}":[${some.join(',')}]}`);
  }
  return messages;
}

/** Written out: addresses need no escapes, and a host that translates has thousands a second. */
function encodeTranslation({ protocol, before, after, began, ended }: Translation): string {
  const times =
    (began === null ? '' : `,"began":"${formatTimestamp(began)}"`) +
    (ended === null ? '' : `,"ended":"${formatTimestamp(ended)}"`);
  return `{"protocol":${protocol},"before":${encodeEnds(before)},"after":${encodeEnds(after)}${times}}`;
}

function encodeEnds({ client, server }: ConversationEnds): string {
  return `["${client.address}",${client.port},"${server.address}",${server.port}]`;
}
