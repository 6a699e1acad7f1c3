export { LEFT_OUT } from './dialect/additional.js';
export { type EncodeOptions, encodeConversation, MAX_EVENT_BYTES } from './encode/conversation.js';
export { encodeStatus } from './encode/status.js';
export { type Endpoint, EndpointError, MAX_ENDPOINTS, parseEndpoints } from './endpoint.js';
export { decodeHeader, encodeHeader, type Header, type HeaderFields, type HeaderLayout } from './header.js';
export { type Decoded, decodeMessage, type Rejected } from './message.js';
export { REJECT_REASONS, type RejectReason } from './reject.js';
