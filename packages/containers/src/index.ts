export { readCgroupPath } from './cgroup/path.js';
export { readProcCgroup } from './cgroup/proc-cgroup.js';
export type { ContainerReference, RuntimeName } from './cgroup/reference.js';
export { ContainerDirectory, type ContainerDirectoryOptions } from './directory/directory.js';
export type { LookUpLoss } from './directory/look-ups.js';
export { type RoleOfProcess, roleOf } from './role/role.js';
export type { RuntimeStatus, SocketKind, SocketPaths, SocketState } from './runtime/status.js';
