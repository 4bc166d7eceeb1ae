import { accounts } from './account/account.table.js';
import { memberships, organizations } from './organization/organization.table.js';
import { sessions } from './session/session.table.js';

/** In the order in which they refer to one another. */
export const tables = [organizations, accounts, memberships, sessions] as const;
