import { attestPromises, type Input, type Output, readBoard, verifyPromises } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { AttestPromises } from './attest-promises.js';
import { PromiseBoard } from './verify-promises.js';

@Controller()
export class PromiseOperations {
  constructor(
    private readonly board: PromiseBoard,
    private readonly attester: AttestPromises,
  ) {}

  @Handles(attestPromises)
  async attest(input: Input<typeof attestPromises>, call: Call): Promise<Output<typeof attestPromises>> {
    return { attestation: await this.attester.execute(input, call) };
  }

  @Handles(readBoard)
  read(_input: Input<typeof readBoard>, _call: Call): Promise<Output<typeof readBoard>> {
    return this.board.read();
  }

  @Handles(verifyPromises)
  async verify({ promises }: Input<typeof verifyPromises>, call: Call): Promise<Output<typeof verifyPromises>> {
    await this.board.verify(promises);
    const board = await this.board.read();
    await call.act(async (_tx, about) => about({ details: { charter: board.charter, ...board.counts } }), 'region');
    return board;
  }
}
