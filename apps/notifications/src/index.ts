import type { ServiceDefinition } from '@millrace/service';
import { migrations } from './migrations/index.js';
import { evidence } from './notifications.evidence.js';
import { NotificationsModule } from './notifications.module.js';
import { tables } from './tables.js';

/** Tells people what they should know: in their inbox, and by mail. */
export const definition: ServiceDefinition = {
  name: 'notifications',
  tables,
  migrations,
  module: NotificationsModule,
  evidence,
};
