import { authorizations } from './authorization/authorization.table.js';
import { connections } from './connection/connection.table.js';
import { credentials } from './credential/credential.table.js';
import { customerKeys } from './customer-key/customer-key.table.js';
import { leaseLog } from './credential/lease-log.table.js';
import { dataKeys } from './data-key/data-key.table.js';
import { closedOrganizations } from './organization/closed-organization.table.js';
import { providerTasks } from './provider/provider-task.table.js';
import { keyRotations } from './rotation/key-rotation.table.js';

/** In the order in which they refer to one another. */
export const tables = [
  closedOrganizations,
  connections,
  credentials,
  providerTasks,
  authorizations,
  leaseLog,
  dataKeys,
  customerKeys,
  keyRotations,
] as const;
