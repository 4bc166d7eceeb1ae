import { dataKeyInfo, type Input, kernelProblems, openDataKey, renewDataKey, retireDataKey } from '@millrace/contracts';
import { isCryptoError, sealTo } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { DataKeyRenewal } from './data-key-renewal.js';
import { DataKeys } from './data-keys.js';

@Controller()
export class DataKeyOperations {
  constructor(
    private readonly dataKeys: DataKeys,
    private readonly renewal: DataKeyRenewal,
  ) {}

  @Handles(openDataKey)
  async open({ orgId, purpose, publicKey }: Input<typeof openDataKey>, call: Call) {
    const opened = await this.dataKeys.openAll(orgId, purpose, call);
    try {
      const keys = opened.map(async ({ keyId, key }) => {
        const sealed = await sealTo(publicKey, key, dataKeyInfo({ orgId, purpose, keyId }));
        return { keyId, sealed: sealed.toString('base64url') };
      });
      return { keys: await Promise.all(keys) };
    } catch (error) {
      if (!isCryptoError(error, 'lease-malformed')) throw error;
      throw new Problem(kernelProblems.invalidInput, {
        errors: [{ path: '/publicKey', message: 'must be an X25519 public key in base64url' }],
        cause: error,
      });
    } finally {
      opened.forEach(({ key }) => key.fill(0));
    }
  }

  @Handles(renewDataKey)
  renew(input: Input<typeof renewDataKey>, call: Call) {
    return this.renewal.renew(input, call);
  }

  @Handles(retireDataKey)
  retire(input: Input<typeof retireDataKey>, call: Call) {
    return this.renewal.retire(input, call);
  }
}
