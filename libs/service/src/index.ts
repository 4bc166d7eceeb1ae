export { createCallTokens } from './call-tokens.js';
export type { EvidenceReader, Inquiry, ServiceDefinition } from './definition.js';
export { prepareRegion, type PreparedService } from './prepare-region.js';
export { loadRegionConfig, RegionConfig } from './region-config.js';
export { readCharters, Runtime } from './runtime.js';
export { createLocalSecrets, type DatabaseRole, SecretsDirectory } from './secrets-directory.js';
export { wire } from './wire.js';
export { type RunningService, startService, type StartOptions } from './start-service.js';
