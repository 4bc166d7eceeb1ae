export { declaredDataMapText } from './data-map/declared-data-map.js';
export { DEFAULT_CHARTER, DEFAULT_REGION, shippedCharters } from './region/charters.js';
export { type LocalRegion, type LocalRegionOptions, startLocalRegion } from './region/local-region.js';
export { RegionDirectory } from './region/region-directory.js';
export type { RunRecord } from './region/run-record.js';
export type { SupervisionEvent } from './region/supervised.js';
