import { FILTER_FIELDS } from '@packetless/model';
import type { FilterWords } from '../filter/filter-bar.js';

export const FLOW_FILTER_WORDS: FilterWords = {
  placeholder: 'Filter: curl, port:443, rtt>50ms …',
  fields: FILTER_FIELDS,
  examples: [
    ['curl', 'names and addresses with this word in them'],
    ['process:curl and port:443', 'both must hold'],
    ['host:10.0.0.0/8 not port:22', 'a network, without some'],
    ['failed or reset or retransmits>0', 'what is not well'],
    ['rtt>50ms', 'far away, or slow'],
    ['bytes>10MB (user:root or user:www-data)', 'large, of two users'],
    ['pod:kube-dns* namespace:kube-system', '* stands for anything'],
  ],
};
