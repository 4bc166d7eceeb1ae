/** Checks the pages that it is sent, one after the other, on a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { type AuditPage, checkPage } from '@millrace/ledger';

parentPort?.on('message', (page: AuditPage) => parentPort?.postMessage(checkPage(page)));
