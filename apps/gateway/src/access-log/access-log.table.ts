import { personal, plain, table } from '@millrace/privacy';

const meaning = {
  category: 'security-log',
  purposes: ['security'],
  retention: 'access-log',
  onErase: 'blank',
} as const;

/** What was asked of the edge. Paths are the templates of routes, so no id and no word of a visitor is among them. */
export const accessLog = table(
  'access_log',
  {
    requestId: plain.uuid({ primary: true }),
    at: plain.instant({ primary: true }),
    method: plain.word(16),
    /** `/api/v1/runs/{runId}`; `unknown` where no route matched. */
    route: plain.word(200),
    status: plain.integer(),
    durationMs: plain.integer(),
    address: personal.text(45, meaning, { nullable: true }),
    userAgent: personal.text(200, meaning, { nullable: true }),
    userId: personal.userId({ ...meaning, of: 'userId' }, { nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ append: true }],
    appPrivileges: ['insert'],
    regionPrivileges: ['select', 'insert', 'update', 'delete'],
    retention: { rule: 'access-log', from: 'at' },
    inDays: true,
    indexes: [['at'], ['userId']],
  },
);
