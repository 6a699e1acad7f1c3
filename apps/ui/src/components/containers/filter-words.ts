import { CONTAINER_FIELDS } from '../../domain/container-search.js';
import type { FilterWords } from '../filter/filter-bar.js';

export const CONTAINER_FILTER_WORDS: FilterWords = {
  placeholder: 'Filter: web, namespace:kube-system, label.app:shop …',
  fields: CONTAINER_FIELDS,
  examples: [
    ['nginx', 'names, images and ids with this word in them'],
    ['namespace:kube-system image:coredns*', 'both must hold; * stands for anything'],
    ['label.app.kubernetes.io/name:web', 'by a label'],
    ['not label.app:*', 'without that label'],
    ['failed or retransmits>0', 'what is not well'],
    ['rtt>50ms', 'far away, or slow'],
    ['witness:web-*', 'of some hosts'],
  ],
};
