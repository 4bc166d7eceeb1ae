import { type Input, listDocuments, supplyDocument } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { DocumentDesk } from './document-desk.js';

@Controller()
export class DocumentOperations {
  constructor(private readonly desk: DocumentDesk) {}

  @Handles(listDocuments)
  async list(_input: Input<typeof listDocuments>, call: Call) {
    return { documents: await this.desk.list(call) };
  }

  @Handles(supplyDocument)
  supply(input: Input<typeof supplyDocument>, call: Call) {
    return this.desk.supply(input, call);
  }
}
