export { startBrowser } from './browser.js';
export { type HostileIssuer, startHostileIssuer, type Token } from './hostile-issuer.js';
export {
  type AuthorizationServerOptions,
  type Disturbance,
  startAuthorizationServer,
  type TestAuthorizationServer,
} from './authorization-server.js';
export { startNameServer, type TestNameServer } from './name-server.js';
export { startTestRegion, type TestRegion, type TestRegionOptions, usersOf } from './region.js';
export { type NatsAccount, scratchDirectory, type TestDatabase, type TestStack, testStack } from './stack.js';
