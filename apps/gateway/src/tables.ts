import { accessLog } from './access-log/access-log.table.js';
import { rateLimits } from './rate-limit/rate-limit.table.js';
import { cookiesSeen } from './session/cookie-seen.table.js';

/** In the order in which they refer to one another. */
export const tables = [accessLog, rateLimits, cookiesSeen] as const;
