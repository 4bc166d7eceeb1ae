import { problem } from '@millrace/kernel';

/** Problems that any operation can answer with. */
export const kernelProblems = {
  invalidInput: problem(
    'kernel.invalid-input',
    400,
    'The request is not valid',
    'Correct the fields that are listed and send the request again.',
  ),
  malformedJson: problem(
    'kernel.malformed-json',
    400,
    'The body is not valid JSON',
    'Send a JSON document; check for a missing quote, comma or bracket.',
  ),
  tooLarge: problem(
    'kernel.too-large',
    413,
    'The request is too large',
    'Send a smaller body; the limit is 256 KiB unless the documentation names another.',
  ),
  unsupportedMediaType: problem(
    'kernel.unsupported-media-type',
    415,
    'The body has an unsupported media type',
    'Send the body as application/json.',
  ),
  notSignedIn: problem(
    'kernel.not-signed-in',
    401,
    'You are not signed in',
    'Sign in and try again; a session ends after a while.',
  ),
  forbidden: problem(
    'kernel.forbidden',
    403,
    'You may not do this',
    'Ask an owner of your organization for a role that allows it.',
  ),
  crossSite: problem(
    'kernel.cross-site',
    403,
    'The request came from another site',
    'Send the request from this site, with the x-csrf-token header equal to the csrftoken cookie.',
  ),
  notSealed: problem(
    'kernel.not-sealed',
    403,
    'A secret did not arrive sealed',
    'Send it to the region’s own address: the edge seals it for the one service that may read it. If you did, try again.',
  ),
  confirmFirst: problem(
    'kernel.confirm-first',
    403,
    'Confirm that it is you',
    'This cannot be taken back, so show once more that it is you: POST /api/v1/auth/confirm, then send the request again within ten minutes.',
  ),
  notFound: problem(
    'kernel.not-found',
    404,
    'There is no such thing here',
    'Check the address and the id; it may belong to another organization or be gone.',
  ),
  methodNotAllowed: problem(
    'kernel.method-not-allowed',
    405,
    'This address does not take that method',
    'See /api/docs for the methods of each address.',
  ),
  conflict: problem(
    'kernel.conflict',
    409,
    'Somebody else changed this at the same time',
    'Read the present state and try again.',
  ),
  tooMany: problem(
    'kernel.too-many-requests',
    429,
    'Too many requests',
    'Wait for the time in the Retry-After header and try again.',
  ),
  unavailable: problem(
    'kernel.unavailable',
    503,
    'A part of the service is not answering',
    'Nothing was changed, or the change is safe to repeat. Try again shortly.',
  ),
  internal: problem(
    'kernel.internal',
    500,
    'Something went wrong on our side',
    'Try again; if it happens again, tell support the request id.',
  ),
} as const;

export const identityProblems = {
  wrongCredentials: problem(
    'identity.wrong-credentials',
    401,
    'The e-mail address or the password is wrong',
    'Check both and try again.',
  ),
  weakPassword: problem(
    'identity.weak-password',
    422,
    'The password is too easy to guess',
    'Use at least 12 characters; a few unrelated words work well.',
  ),
  underAge: problem(
    'identity.under-age',
    422,
    'You are too young to have an account here',
    'Accounts are for people of the minimum age or older; nothing you typed was stored.',
  ),
  fieldNotAsked: problem(
    'identity.field-not-asked',
    400,
    'This region does not ask for that field',
    'Leave out the fields that are listed; the charter says what an account holds.',
  ),
  locked: problem(
    'identity.locked',
    429,
    'Too many wrong passwords',
    'Wait for the time in the Retry-After header, or reach the privacy contact to have a person look at it.',
  ),
  passwordNeeded: problem(
    'identity.password-needed',
    403,
    'Confirm that it is you',
    'Send your present password in the field `password`.',
  ),
  secondFactorNeeded: problem(
    'identity.second-factor-needed',
    403,
    'This account asks for a second factor',
    'Send the request again with a code of your authenticator, or a recovery code, in the field `secondFactor`.',
  ),
  wrongSecondFactor: problem(
    'identity.wrong-second-factor',
    403,
    'The code is wrong',
    'Type the code that your authenticator shows now; each works once. A recovery code does as well.',
  ),
  hasAuthenticator: problem(
    'identity.has-authenticator',
    409,
    'The account has an authenticator already',
    'Remove the present one first.',
  ),
  noAuthenticator: problem(
    'identity.no-authenticator',
    409,
    'The account has no authenticator',
    'Set one up first; recovery codes stand in for it.',
  ),
  lastOwner: problem(
    'identity.last-owner',
    409,
    'An organization keeps an owner',
    'Make somebody else an owner first, or close the organization.',
  ),
  roleOutOfReach: problem(
    'identity.role-out-of-reach',
    403,
    'Only owners decide about owners',
    'Ask an owner of your organization to do this.',
  ),
  otherAddress: problem(
    'identity.other-address',
    403,
    'The invitation is for another address',
    'Sign in with the account of the address that was invited, or ask for an invitation to this one.',
  ),
  hasAccount: problem(
    'identity.has-account',
    409,
    'The invited address has an account already',
    'Sign in with it and accept the invitation there.',
  ),
  scopeOutOfReach: problem(
    'identity.scope-out-of-reach',
    403,
    'A token may do no more than you',
    'Leave out the scopes that are listed; your role does not carry them.',
  ),
  passkeysUnavailable: problem(
    'identity.passkeys-unavailable',
    409,
    'This region has no passkeys',
    'Passkeys need a host name; ask the operator to name one under `http.origins`. Sign in another way.',
  ),
  policyTooLax: problem(
    'identity.policy-too-lax',
    422,
    'An organization can be stricter than the charter, not laxer',
    'Lower what is listed.',
  ),
  secondFactorRequired: problem(
    'identity.second-factor-required',
    403,
    'This organization asks for a second factor',
    'Set up an authenticator and confirm with a code of it (POST /api/v1/auth/confirm), or sign in with a passkey.',
  ),
  domainNotAllowed: problem(
    'identity.domain-not-allowed',
    422,
    'The organization does not let addresses of this domain in',
    'Use an address of one of its domains, or ask those who manage it to allow this one.',
  ),
  notOffered: problem(
    'identity.not-offered',
    409,
    'This region does not do that',
    'Its charter has no basis for it, so there is nothing to agree to.',
  ),
  wordingNeeded: problem(
    'identity.wording-needed',
    422,
    'Agreeing needs the words that were shown',
    'Send their version in the field `wording`.',
  ),
  alreadyMember: problem(
    'identity.already-member',
    409,
    'They belong to the organization already',
    'There is nothing to do.',
  ),
  notValid: problem(
    'identity.not-valid',
    422,
    'This link or code does not work',
    'It was used, has expired or was replaced by a newer one, or the code was mistyped. Use the newest mail, or ask for another.',
  ),
  noStaffProvider: problem(
    'identity.no-staff-provider',
    404,
    'Staff cannot sign in to this region',
    'The operator names an identity provider under staff in the region’s configuration.',
  ),
  staffSignInUnknown: problem(
    'identity.staff-sign-in-unknown',
    409,
    'This answer belongs to no sign-in of this browser',
    'Begin again. A sign-in is finished once, within ten minutes, by the browser that began it.',
  ),
  staffSignInRefused: problem(
    'identity.staff-sign-in-refused',
    403,
    'The identity provider’s answer is not accepted',
    'Begin again. When it happens twice, tell whoever runs the identity provider.',
  ),
  staffSecondFactor: problem(
    'identity.staff-second-factor',
    403,
    'Staff sign in with a second factor',
    'Set up a second factor at your identity provider, and sign in with it there.',
  ),
  staffNoGroup: problem(
    'identity.staff-no-group',
    403,
    'None of your groups opens this region',
    'Ask whoever manages your groups at the identity provider to add you to one of this region’s.',
  ),
  staffProviderAway: problem(
    'identity.staff-provider-away',
    502,
    'The identity provider could not be reached',
    'Try again in a while.',
  ),
  staffExists: problem(
    'identity.staff-exists',
    409,
    'This region has staff already',
    'Add people to the groups that open this region, at the identity provider.',
  ),
  accessNotOpen: problem(
    'identity.access-not-open',
    409,
    'This access is not waiting or open any more',
    'Look at the list: it was decided, ended or has run out. Ask for a new one if you need it.',
  ),
  secondPerson: problem(
    'identity.second-person',
    403,
    'Somebody else must approve this',
    'Ask a colleague: nobody opens a customer’s data to themselves, and each person’s approval counts once.',
  ),
  frozen: problem(
    'identity.frozen',
    403,
    'This account is frozen',
    'It was reported to be a child’s. Write to the privacy contact: a guardian can have it erased, and a mistake is undone.',
  ),
  notFrozen: problem(
    'identity.not-frozen',
    409,
    'This account is not frozen',
    'Freeze it first. Everybody else erases their own account.',
  ),
} as const;

export const vaultProblems = {
  dataKeyNeeded: problem(
    'vault.data-key-needed',
    409,
    'An older version of the data key is still needed',
    'Wait until eleven minutes after the renewal: nothing is sealed with the older version then. It is retired before another comes.',
  ),
  providerRefused: problem(
    'vault.provider-refused',
    422,
    'The charter does not allow this kind of connection',
    'Choose a connector and a way of signing in that the charter of this region lists.',
  ),
  connectionRevoked: problem(
    'vault.connection-revoked',
    409,
    'The connection has been revoked',
    'Create a new connection; a revoked one cannot be used again.',
  ),
  nameTaken: problem('vault.name-taken', 409, 'Another connection has this name', 'Choose another name.'),
  leaseRefused: problem(
    'vault.lease-refused',
    403,
    'The lease was refused',
    'The grant is forged, expired or for another worker; ask for a new one.',
  ),
  providerNotConfigured: problem(
    'vault.provider-not-configured',
    422,
    'This region is not registered with the provider',
    'Ask the operator to register a client there and to name it under providers in the region’s configuration.',
  ),
  authorizationUnknown: problem(
    'vault.authorization-unknown',
    409,
    'This answer belongs to no authorization of yours',
    'Begin again. An authorization is finished once, within ten minutes, by the session that began it.',
  ),
  consentDenied: problem(
    'vault.consent-denied',
    422,
    'The connection was not allowed at the provider',
    'Begin again when you, or whoever administers the account there, want to allow it. Nothing was stored.',
  ),
  authorizationFailed: problem(
    'vault.authorization-failed',
    502,
    'The provider’s answer cannot be used',
    'Begin again. When it happens twice, tell the operator: the client registered at the provider may be set up wrongly.',
  ),
  scopeRefused: problem(
    'vault.scope-refused',
    422,
    'The provider granted other permissions than were asked for',
    'The grant was given back. Begin again and allow exactly what is asked; more is never kept.',
  ),
  otherAccount: problem(
    'vault.other-account',
    422,
    'The grant is for another account',
    'Sign in at the provider with the account that the connection names, or make a new connection.',
  ),
  credentialRefused: problem(
    'vault.credential-refused',
    422,
    'The provider refuses this credential',
    'Check that it is complete, belongs to this account and has not been withdrawn there.',
  ),
  providerUnreachable: problem(
    'vault.provider-unreachable',
    502,
    'The provider could not be reached',
    'Try again in a while; nothing was stored.',
  ),
  reconnectNeeded: problem(
    'vault.reconnect-needed',
    409,
    'The provider no longer accepts this connection',
    'Read its health to see why, and connect it again: `millrace connections authorize`.',
  ),
} as const;

export const syncProblems = {
  schemaDrift: problem(
    'sync.schema-drift',
    409,
    'The source is not what the pipeline was made for',
    'Look at what changed and apply the pipeline again, which accepts the source as it is; “drift” in the document says what later runs do.',
  ),
  invalidPipeline: problem(
    'sync.invalid-pipeline',
    422,
    'The pipeline cannot work as it is',
    'Correct what is listed; each entry points into the document.',
  ),
  connectionFailed: problem(
    'sync.connection-failed',
    502,
    'The other system could not be reached or refused us',
    'Check host, port, credential and network rules, then check the connection again.',
  ),
  runActive: problem(
    'sync.run-active',
    409,
    'A run of this pipeline is still going on',
    'Wait for it to end, or cancel it first.',
  ),
  nothingToApprove: problem(
    'sync.nothing-to-approve',
    409,
    'Nothing of this run waits for an approval',
    'Read the run: its queries go on, or have been approved already.',
  ),
  notNow: problem('sync.not-now', 409, 'This work waits', 'Let it go: sync offers it again when it may go on.'),
  runEnded: problem(
    'sync.run-ended',
    409,
    'The run has already ended',
    'Read its receipt; start a new run if you need one.',
  ),
  fenced: problem(
    'sync.fenced',
    409,
    'Another worker has taken over this partition',
    'Stop; the partition is being moved elsewhere.',
  ),
  detokenizeRefused: problem(
    'sync.detokenize-refused',
    403,
    'You may not turn tokens back into values',
    'Ask an owner of your organization to apply this document, or leave out the step.',
  ),
  notComparable: problem(
    'sync.not-comparable',
    409,
    'The streams cannot be compared',
    'Only streams whose records are known by a key (mode upsert, replace or update) can be compared.',
  ),
  nothingToMeasure: problem(
    'sync.nothing-to-measure',
    409,
    'No metric looks over these streams',
    'Define metrics in the pipeline’s document and apply it, or name other streams.',
  ),
  metricsOff: problem(
    'sync.metrics-off',
    409,
    'The charter of this region does not offer metrics',
    'Take the metrics out of the document, or ask the region’s operator for them.',
  ),
  notMeasured: problem(
    'sync.not-measured',
    404,
    'The metric has no result',
    'Run the pipeline, or measure it, and read the result again.',
  ),
  noSeries: problem(
    'sync.no-series',
    409,
    'The result has too many groups for a chart',
    'Read its rows, or group by fewer columns or longer periods.',
  ),
  groupTooSmall: problem(
    'sync.group-too-small',
    409,
    'A group covers fewer people than the charter asks for',
    'Measure again; the charter’s minimum was raised meanwhile.',
  ),
  nothingToReplay: problem(
    'sync.nothing-to-replay',
    409,
    'The run rejected no record that can be read again',
    'Only runs that have ended, whose pipeline still exists and that rejected records, can be replayed.',
  ),
  noWorker: problem('sync.no-worker', 503, 'No worker is answering', 'Start a worker, or wait until one is free.'),
} as const;

export const complianceProblems = {
  ledgerGap: problem(
    'compliance.ledger-gap',
    409,
    'Entries are missing before these',
    'Send the entries from the number after the last acknowledged one.',
  ),
  noProof: problem(
    'compliance.no-proof',
    404,
    'The entry is not in the ledger yet',
    'Entries are appended within seconds; try again shortly.',
  ),
  holdCoversNothing: problem(
    'compliance.hold-covers-nothing',
    400,
    'The hold would cover nothing in particular',
    'Name a person, an organization, a stretch of time, or several of them.',
  ),
  reviewTooFar: problem(
    'compliance.review-too-far',
    400,
    'The hold must be reviewed within a year, and not in the past',
    'Name a time within the next 366 days; it can be put off again then.',
  ),
  tooManyHolds: problem(
    'compliance.too-many-holds',
    409,
    'There are as many legal holds as the services keep to',
    'Release those that are not needed any more.',
  ),
  holdReleased: problem(
    'compliance.hold-released',
    409,
    'The hold was released',
    'Place a new one where something must be kept again.',
  ),
  noConsistency: problem(
    'compliance.no-consistency',
    409,
    'The ledger cannot show that it starts with a tree of this size',
    'Name a size of at most the present checkpoint’s. If yours was signed, keep it: the ledger may have been set back.',
  ),
} as const;

/** Every kind of problem by its code, for the pages under /problems. */
export const problemKinds = Object.fromEntries(
  [kernelProblems, identityProblems, vaultProblems, syncProblems, complianceProblems].flatMap((group) =>
    Object.values(group).map((kind) => [kind.code, kind] as const),
  ),
);
