import { createToken, type Input, listTokens, resolveToken, revokeToken } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { TokenDesk } from './token-desk.js';

@Controller()
export class TokenOperations {
  constructor(private readonly desk: TokenDesk) {}

  @Handles(createToken)
  create(input: Input<typeof createToken>, call: Call) {
    return this.desk.create(input, call);
  }

  @Handles(listTokens)
  list(_input: Input<typeof listTokens>, call: Call) {
    return this.desk.list(call);
  }

  @Handles(revokeToken)
  async revoke({ tokenId }: Input<typeof revokeToken>, call: Call) {
    await this.desk.revoke(tokenId, call);
    return {};
  }

  @Handles(resolveToken)
  resolve(input: Input<typeof resolveToken>, call: Call) {
    return this.desk.resolve(input, call);
  }
}
