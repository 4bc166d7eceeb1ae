import { type Input, mintOneTimeSecret } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { OneTimeSecrets } from './one-time-secrets.js';

@Controller()
export class OneTimeOperations {
  constructor(private readonly secrets: OneTimeSecrets) {}

  @Handles(mintOneTimeSecret)
  async mint({ secretId }: Input<typeof mintOneTimeSecret>, call: Call) {
    const mail = await call.tx((tx) => this.secrets.mint(tx, secretId), 'region');
    return mail ? { mail } : {};
  }
}
