/**
 * The keys of a region that lie in files and are replaced while it runs.
 * - `pepper`: goes into the hashes of passwords and the keys of second factors; identity's
 * - `sealing`: secrets are sealed to it at the edge; of each context that operations are `sealedTo`
 * - `signing`: signs calls and lease grants; every service has one
 */
export const keyFileKinds = ['pepper', 'sealing', 'signing'] as const;
export type KeyFileKind = (typeof keyFileKinds)[number];
