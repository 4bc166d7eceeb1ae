import { configuration, plain, secret, table } from '@millrace/privacy';

const said = { retention: 'organization' } as const;

/** The transit engine in which a customer keeps their part of their organization's key. */
export const customerKeys = table(
  'customer_key',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    address: configuration.text(500, said),
    mount: configuration.text(200, said),
    namespace: configuration.text(200, said, { nullable: true }),
    keyName: configuration.text(128, said),
    loginMount: configuration.text(200, said),
    certificates: configuration.text(16_384, said, { nullable: true }),
    /** The AppRole as JSON. Sealed by the region alone: without it nobody gets to the engine. */
    role: secret.envelope({ retention: 'organization', boundTo: ['orgId', 'id'] }),
    /** Whether new data keys are wrapped for both; not any more while it leaves. */
    isJoined: plain.boolean(),
    /** The rotation that brings it in, or out. */
    rotationId: plain.uuid(),
    setAt: plain.instant(),
  },
  {
    guards: [{ tenant: true }],
    unique: [['orgId']],
    retention: { livesWith: 'the organization: the end of its key deletes it' },
  },
);
