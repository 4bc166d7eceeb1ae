import {
  isCryptoError,
  type SignOptions,
  type TokenClaims,
  type TokenSigner,
  type TokenVerifier,
  type VerifiedToken,
  type VerifyOptions,
} from '@millrace/crypto';
import type { WatchedFiles } from './watched-files.js';

/** Signs with a service's own key as its file has it now. */
export class ServiceSigner {
  constructor(private readonly files: WatchedFiles<TokenSigner>) {}

  /** The id of the key that is used now. @throws Error for a service without a key */
  async keyId(): Promise<string> {
    return (await this.files.latest()).keyId;
  }

  async sign(claims: TokenClaims, options: SignOptions): Promise<string> {
    return (await this.files.current()).sign(claims, options);
  }
}

/** Verifies with the keys that the services of the region publish now. */
export class RegionVerifier {
  constructor(private readonly files: WatchedFiles<TokenVerifier>) {}

  /** The ids of the keys that are accepted of a service, as the files are now. */
  async keyIds(issuer: string): Promise<string[]> {
    return (await this.files.latest()).keyIds(issuer);
  }

  /** As {@link TokenVerifier} does. A key that is not known yet is looked for in the files before a token is refused. */
  async verify(token: string, options: VerifyOptions): Promise<VerifiedToken> {
    const verifier = await this.files.current();
    try {
      return await verifier.verify(token, options);
    } catch (error) {
      if (!isCryptoError(error, 'token-forged', 'token-unknown-issuer')) throw error;
      const latest = await this.files.latest();
      if (latest === verifier) throw error;
      return latest.verify(token, options);
    }
  }
}
