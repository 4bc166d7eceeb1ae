export { freePort, LOOPBACK } from './free-port.js';
export { findNatsServer, type NatsServerSearch } from './nats-binary.js';
export { type NatsOptions, type NatsServer, startNats } from './nats.js';
export { liveOwner } from './directory-claim.js';
export { removeCluster } from './postgres-directory.js';
export { type PostgresOptions, type PostgresServer, startPostgres, THROWAWAY } from './postgres.js';
export { directoryInUse, programMissing, startFailed } from './problems.js';
export { removeServerData } from './remove-server-data.js';
export { type Exit } from './server-process.js';
