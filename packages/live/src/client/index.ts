export { type Api, ApiError, createApi } from './api.js';
export { BACK_OFF, type BackOffOptions, backOff } from './backoff.js';
export {
  type ConnectionState,
  type ConnectionStatus,
  LiveClient,
  type LiveClientOptions,
  type SubscriptionOf,
  type ViewError,
  type ViewHandle,
  type ViewListener,
  type ViewUpdate,
} from './live-client.js';
export { HEALTH_ROW_ID, type RowOf, rowIds, type ViewKind } from './row-id.js';
export type { LiveSocket, LiveSocketConstructor } from './socket.js';
