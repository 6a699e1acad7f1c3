import { LISTENING_FIELDS } from '../../domain/listening-search.js';
import type { FilterWords } from '../filter/filter-bar.js';

export const LISTENING_FILTER_WORDS: FilterWords = {
  placeholder: 'Filter: sshd, port:443, user:root …',
  fields: LISTENING_FIELDS,
  examples: [
    ['sshd', 'names and addresses with this word in them'],
    ['port<1024 not user:root', 'well-known ports of others'],
    ['host:0.0.0.0 or host:::', 'open on all addresses'],
    ['not process:*', 'nobody knows whose'],
    ['deleted', 'programs whose file was removed or replaced'],
    ['proto:udp witness:web-*', 'of some hosts'],
  ],
};
