/** Every row of the table, in its order. */
import type { Row } from '../row.js';
import { DATAGRAM_ROWS } from './datagrams.js';
import { END_ROWS } from './ends.js';
import { FAILURE_ROWS } from './failures.js';
import { HANDOVER_ROWS } from './handovers.js';
import { LISTENING_ROWS } from './listening.js';
import { OLDER_ROWS } from './older.js';
import { PROCESS_ROWS } from './processes.js';
import { STREAM_ROWS } from './streams.js';

export const ROWS: readonly Row[] = [
  ...OLDER_ROWS,
  ...LISTENING_ROWS,
  ...STREAM_ROWS,
  ...DATAGRAM_ROWS,
  ...PROCESS_ROWS,
  ...HANDOVER_ROWS,
  ...FAILURE_ROWS,
  ...END_ROWS,
];
