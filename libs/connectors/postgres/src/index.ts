export { PostgresConfig, PostgresCredential } from './connection/config.js';
export { postgres } from './postgres.connector.js';
