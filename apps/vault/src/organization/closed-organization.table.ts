import { plain, table } from '@millrace/privacy';

/** Organizations that ended: nothing may be sealed for them again. Also the list of keys that are still to be destroyed. */
export const closedOrganizations = table(
  'closed_organization',
  {
    orgId: plain.tenant({ primary: true }),
    closedAt: plain.instant(),
    keyDestroyedAt: plain.instant({ nullable: true }),
  },
  {
    guards: [{ tenant: true, reading: true }],
    appPrivileges: ['select'],
    onClosure: { keep: 'The id alone, so that a late call cannot make a key for the closed organization' },
    retention: { rule: 'organization', from: 'closedAt' },
  },
);
