import { dataKeyInfo, type Input, kernelProblems, openDataKey } from '@millrace/contracts';
import { isCryptoError, sealTo } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { DataKeys } from './data-keys.js';

@Controller()
export class DataKeyOperations {
  constructor(private readonly dataKeys: DataKeys) {}

  @Handles(openDataKey)
  async open({ orgId, purpose, publicKey }: Input<typeof openDataKey>, call: Call) {
    const { keyId, key } = await this.dataKeys.open(orgId, purpose, call);
    try {
      const sealed = await sealTo(publicKey, key, dataKeyInfo({ orgId, purpose, keyId }));
      return { keyId, sealed: sealed.toString('base64url') };
    } catch (error) {
      if (!isCryptoError(error, 'lease-malformed')) throw error;
      throw new Problem(kernelProblems.invalidInput, {
        errors: [{ path: '/publicKey', message: 'must be an X25519 public key in base64url' }],
        cause: error,
      });
    } finally {
      key.fill(0);
    }
  }
}
