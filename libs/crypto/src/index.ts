export { CRYPTO_ERROR_CODES, CryptoError, type CryptoErrorCode, isCryptoError } from './crypto-error.js';
export { fromBase64url, toBase64url } from './encoding/base64url.js';
export { canonicalBytes, contextBytes, type SealContext } from './encoding/canonical-bytes.js';
export { openEnvelope, rewrapEnvelope, sealEnvelope, type SealRequest } from './envelope/envelope.js';
export { type EnvelopeHeader, parseEnvelopeHeader } from './envelope/envelope-header.js';
export { createFieldTokenizer, FIELD_TOKEN_PREFIX, type FieldTokenizer } from './field-token/field-tokenizer.js';
export {
  isKeyName,
  type KeyDescription,
  type KeyProvider,
  organizationKeyName,
  regionKeyName,
  type WrappedKey,
} from './key-provider/key-provider.js';
export { MemoryKeyring } from './key-provider/memory-keyring.js';
export { LocalKeyring } from './key-provider/local-keyring.js';
export { isForTwo, type SecondHolder, type SecondHolders, SharedKeys } from './key-provider/shared-keys.js';
export { type AppRole, AppRoleTokens } from './key-provider/transit/app-role.js';
export { Transit } from './key-provider/transit/transit.js';
export { TransitClient, type TransitRequest, type TransitTransport } from './key-provider/transit/transit-client.js';
export {
  isTransitAddress,
  isTransitMount,
  type TransitOptions,
  type TransitPlace,
} from './key-provider/transit/transit-options.js';
export { ensurePrivateFolder, readPrivateFile, writePrivateFile } from './key-provider/private-file.js';
export {
  generateLeaseKeyPair,
  type LeaseKeyPair,
  leaseKeyThumbprint,
  openSealed,
  sealTo,
} from './lease/sealed-lease.js';
export { generateSealingKey, importSealingKey, type StoredSealingKey } from './lease/sealing-key.js';
export { createFieldHasher, deriveKey, type FieldHash } from './lookup/field-hasher.js';
export { createLookupHash, lookupHash, normaliseEmail } from './lookup/lookup-hash.js';
export {
  MAX_PASSWORD_BYTES,
  MIN_BCRYPT_COST,
  type PasswordHash,
  PasswordHasher,
  type PasswordHasherOptions,
  type PasswordVerdict,
  type Pepper,
  type Peppers,
} from './password/password-hasher.js';
export {
  createSealingKey,
  openSealer,
  parseSealedHeader,
  Sealer,
  type SealedHeader,
  sealingKeyContext,
} from './sealer/sealer.js';
export { SealerCache, type SealerCacheOptions } from './sealer/sealer-cache.js';
export { constantTimeEqual, hashOpaqueToken, newOpaqueToken, type OpaqueToken } from './token/opaque-token.js';
export {
  exportVerifyingKey,
  generateSigningKey,
  importVerifyingKey,
  loadOrCreateSigningKey,
  loadSigningKey,
  replaceSigningKey,
  saveSigningKey,
  signBytes,
  type SigningKey,
  type VerifyingKey,
} from './token/signing-key.js';
export { type SignOptions, TokenSigner } from './token/token-signer.js';
export type { TokenClaims, TokenType } from './token/token-type.js';
export { TokenVerifier, type VerifiedToken, type VerifyOptions } from './token/token-verifier.js';
